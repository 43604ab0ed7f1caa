package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** One recorded text: its prompts, our canvases and calls, and the comparison of both with what was recorded. */
final class Generation {

    private final RecordedTest test;
    private final Comparison comparison;
    private final int maskId;
    private final List<List<int[]>> frames = new ArrayList<>();
    private boolean leftPadded;
    private boolean waiting;
    final Recorder network;
    final List<Canvas> canvases = new ArrayList<>();

    Generation(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        this.test = test;
        this.comparison = comparison;
        this.maskId = test.integer("mask_id", subject.fixture().maskId().orElse(Canvas.NO_TOKEN));
        this.network = new Recorder(subject.model().network());
    }

    int maskId() {
        return maskId;
    }

    /** The prompts, without padding on either side. */
    int[][] prompts() {
        String role = test.oneOf("prompts", "prompt", "input_ids", "inputs");
        int[][] rows = test.shape(role).length == 1 ? new int[][] {test.ints(role)} : test.rows(role);
        int[][] prompts = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            int[] prompt = Ids.trimmed(Arrays.copyOfRange(rows[i], masked(i), rows[i].length));
            prompts[i] = rows.length > 1 ? withoutMasks(prompt) : prompt;
        }
        return prompts;
    }

    /** Masks behind a prompt fill it up to the length of another. */
    private int[] withoutMasks(int[] row) {
        int length = row.length;
        while (length > 0 && row[length - 1] == maskId) {
            length--;
        }
        return Arrays.copyOf(row, length);
    }

    /** How many positions stand before the prompt of row {@code row}. */
    private int padding(int row) {
        if (leftPadded && row < canvases.size()) {
            return (int) test.shape("sequences")[1] - canvases.get(row).length();
        }
        return masked(row);
    }

    private int masked(int row) {
        if (!test.has("attention_mask")) {
            return 0;
        }
        int[] real = test.rows("attention_mask")[row];
        int padding = 0;
        while (padding < real.length && real[padding] == 0) {
            padding++;
        }
        return padding;
    }

    /** Canvases of the prompts, each followed by {@code length} hidden positions. */
    void prompted(int length) {
        for (int[] prompt : prompts()) {
            canvases.add(Canvas.of(prompt).extend(length));
        }
    }

    /** Tells that the recorded rows of a batch wait for each other, so that only what comes of them can be compared. */
    void waiting() {
        waiting = true;
    }

    /** Tells that the recorded rows are filled up on their left. */
    void leftPadded() {
        leftPadded = true;
    }

    /** Canvases of rows in which masks are what is hidden. */
    void given(int[][] rows) {
        for (int[] row : rows) {
            Canvas canvas = Canvas.of();
            for (int id : Ids.trimmed(row)) {
                if (id == maskId) {
                    canvas.extend(1);
                } else {
                    canvas.pin(id);
                }
            }
            canvases.add(canvas);
        }
    }

    void fill(Sampler sampler) {
        List<Fill> fills = new ArrayList<>();
        for (Canvas canvas : canvases) {
            List<int[]> own = new ArrayList<>();
            frames.add(own);
            fills.add(new Fill(canvas, Seed.of(0), frame -> own.add(ids(frame))));
        }
        sampler.fill(fills);
    }

    private int[] ids(CanvasFrame frame) {
        return frame.cells().stream()
                .mapToInt(cell -> cell.id() == Canvas.NO_TOKEN ? maskId : cell.id())
                .toArray();
    }

    private int[] ids(Canvas canvas) {
        return Arrays.stream(canvas.ids(canvas.span()))
                .map(id -> id == Canvas.NO_TOKEN ? maskId : id)
                .toArray();
    }

    /** Compares everything that was recorded. */
    void compare() {
        String role = test.has("output_ids") ? "output_ids" : "sequences";
        int[][] expected = test.rows(role);
        int[][] prompts = test.find("prompts", "prompt", "input_ids", "inputs").isPresent()
                ? prompts()
                : new int[expected.length][0];
        for (int i = 0; i < canvases.size(); i++) {
            int[] row = expected[i];
            compareText(role, ids(canvases.get(i)), Arrays.copyOfRange(row, padding(i), row.length), prompts[i]);
        }
        compareCalls();
        compareFrames();
        comparePasses();
    }

    private void compareText(String role, int[] got, int[] expected, int[] prompt) {
        boolean whole = expected.length >= prompt.length
                && IntStream.range(0, prompt.length).allMatch(i -> prompt[i] == maskId || prompt[i] == expected[i]);
        int[] own = whole ? got : Arrays.copyOfRange(got, prompt.length, got.length);
        boolean filledUp = canvases.size() > 1 && expected.length > own.length;
        comparison.exact(role, own, filledUp ? Arrays.copyOf(expected, own.length) : Ids.trimmed(expected));
    }

    private void compareCalls() {
        if (!test.has("calls_ids") || !test.has("calls_shape")) {
            return;
        }
        int[] all = test.ints("calls_ids");
        long[] shape = test.shape("calls_ids");
        int[][] shapes = test.rows("calls_shape");
        List<int[]> expected = new ArrayList<>();
        for (int call = 0; call < shapes.length; call++) {
            for (int row = 0; row < shapes[call][0]; row++) {
                int start = (int) ((call * shape[1] + row) * shape[2]);
                int skipped = padding(row % canvases.size());
                expected.add(Arrays.copyOfRange(all, start + skipped, start + shapes[call][1]));
            }
        }
        comparison.exact("calls_ids", network.calls().toArray(int[][]::new), expected.toArray(int[][]::new));
    }

    private void compareFrames() {
        if (!test.has("canvas") || (waiting && canvases.size() > 1)) {
            return;
        }
        long[] shape = test.shape("canvas");
        int[][] rows = test.rows("canvas");
        int texts = shape.length == 2 ? 1 : (int) shape[1];
        for (int i = 0; i < rows.length; i++) {
            int text = i % texts;
            int[] expected = Ids.trimmed(rows[i]);
            List<int[]> own = frames.get(text);
            int[] got = own.get(Math.min(i / texts, own.size() - 1));
            int from = Math.min(padding(text), expected.length);
            int[] part = Arrays.copyOfRange(expected, from, expected.length);
            int length = Math.min(part.length, got.length);
            comparison.exact("canvas[" + i / texts + "]", Arrays.copyOf(got, length), Arrays.copyOf(part, length));
        }
    }

    private void comparePasses() {
        JsonNode own = test.node().path("nfe");
        JsonNode expected = own.isInt() ? own : test.value("nfe");
        if (canvases.size() == 1 && test.number("cfg_scale", 0) == 0 && expected.isInt()) {
            comparison.exact("nfe", new int[] {network.calls().size()}, new int[] {expected.asInt()});
        }
    }
}
