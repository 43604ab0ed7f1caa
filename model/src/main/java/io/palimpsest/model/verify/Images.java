package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Within;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Draws;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.MaskGit;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.model.architecture.Magvit2;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** Images as tokens: MAGVIT-v2 both ways (arXiv:2310.05737), and MMaDA's text to image (arXiv:2505.15809). */
final class Images {

    private Images() {}

    /** Tokens to pixels. */
    static void decode(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        String role = test.has("indices") ? "indices" : "ids";
        int[][] ids = test.rows(role);
        int[] size = size(test, ids[0].length);
        Magvit2 model = subject.images();
        Tensor codes = model.embed(test.ints(role), ids.length, size[0], size[1]);
        for (String name : List.of("codes", "z")) {
            if (test.has(name)) {
                comparison.floats(name, codes);
            }
        }
        Tensor pixels = model.decode(codes);
        comparison.floats("pixels", pixels);
        if (test.has("uint8")) {
            compareBytes(test.ints("uint8"), pixels, comparison);
        }
    }

    /** Height and width in tokens: given, or those of a square. */
    private static int[] size(RecordedTest test, int tokens) {
        JsonNode shape = test.params().path("shape");
        if (shape.isArray()) {
            return TextReplay.ids(shape);
        }
        int side = (int) Math.round(Math.sqrt(tokens));
        return new int[] {test.integer("h", side), test.integer("w", side)};
    }

    /** Brightness from 0 to 255; where a pixel is about to change its step, either is right. */
    private static void compareBytes(int[] expected, Tensor pixels, Comparison comparison) {
        float[] values = pixels.clamp(-1, 1).add(1).mul(127.5).toFloats();
        for (int i = 0; i < expected.length; i++) {
            if (Math.abs((int) values[i] - expected[i]) > 1) {
                comparison.fail("uint8[" + i + "] is " + (int) values[i] + ", recorded is " + expected[i]);
            }
        }
    }

    /** Pixels to tokens. */
    static void encode(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Magvit2 model = subject.images();
        Tensor latent = model.encode(test.tensor("pixels"));
        for (String name : List.of("latent", "z_continuous")) {
            if (test.has(name)) {
                comparison.floats(name, latent);
            }
        }
        String role = test.has("indices") ? "indices" : "ids";
        comparison.exact(role, model.ids(latent), test.ints(role));
    }

    /** A prompt to an image's tokens, and those to pixels. */
    static void generate(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int texts = test.rows("input_ids").length;
        List<int[]> images = new ArrayList<>();
        for (int text = 0; text < texts; text++) {
            images.add(generate(subject, test, comparison, text, texts));
        }
        int[] codes = images.stream().flatMapToInt(Arrays::stream).toArray();
        comparison.exact("vq_indices", codes, test.ints("vq_indices"));
        if (test.has("pixels")) {
            Magvit2 model = subject.images();
            int[] size = size(test, codes.length / texts);
            comparison.floats("pixels", model.decode(model.embed(codes, texts, size[0], size[1])));
        }
    }

    private static int[] generate(
            Replay.Subject subject, RecordedTest test, Comparison comparison, int text, int texts) {
        int mask = test.integer("mask_token_id", test.integer("mask_id", subject.maskId()));
        int offset = subject.fixture().id("image_token_offset").orElseThrow();
        int codes = test.integer(
                "codebook_size", subject.fixture().id("codebook_size").orElseThrow());
        Padded prompt = Padded.of(test, "input_ids", "attention_mask", text);
        Canvas canvas = prompt.canvas(mask);
        Denoiser denoiser = new CanvasDenoiser(subject.model().network(), mask, 0);
        double scale = test.number("guidance_scale", 0);
        if (scale > 0 && test.has("uncond_input_ids")) {
            Padded other = Padded.of(test, "uncond_input_ids", "uncond_attention_mask", text);
            denoiser = new Guided(denoiser, prompt, other, test.integer("prefix_len"), scale);
        }
        int steps = test.integer("timesteps");
        Sampler sampler = new Sampler(
                new Within(denoiser, offset, codes),
                Blocks.whole(),
                new TokenChoice.Greedy(),
                new MaskGit(steps, test.number("temperature", 1), schedule(test), draws(test, prompt, text, texts)));
        List<int[]> frames = new ArrayList<>();
        Fill fill = new Fill(
                canvas,
                Seed.of(0),
                frame -> frames.add(frame.cells().stream()
                        .mapToInt(cell -> cell.id() == Canvas.NO_TOKEN ? mask : cell.id())
                        .toArray()));
        sampler.fill(List.of(fill));
        compareFrames(test, prompt, frames, text, texts, comparison);
        int length = test.integer("seq_len");
        int end = canvas.length() - 1;
        return Arrays.stream(canvas.ids(new Span(end - length, end)))
                .map(id -> id - offset)
                .toArray();
    }

    private static void compareFrames(
            RecordedTest test, Padded prompt, List<int[]> frames, int text, int texts, Comparison comparison) {
        if (!test.has("canvas")) {
            return;
        }
        int[][] expected = test.rows("canvas");
        for (int step = 0; step < expected.length / texts; step++) {
            comparison.exact("canvas[" + step + "]", frames.get(step), prompt.real(expected[step * texts + text]));
        }
    }

    private static DoubleUnaryOperator schedule(RecordedTest test) {
        String name = test.text("noise_schedule");
        return switch (name) {
            case "", "cosine" -> MaskGit::cosine;
            case "linear" -> time -> Math.max(1 - time, 1e-6);
            default -> {
                if (!name.startsWith("pow")) {
                    throw new UnsupportedTestException("its schedule is '" + name + "'");
                }
                double exponent = Double.parseDouble(name.substring("pow".length()));
                yield time -> Math.max(1 - Math.pow(time, exponent), 1e-6);
            }
        };
    }

    /** The recorded uniform numbers: one for each step, text and image token. */
    private static Draws draws(RecordedTest test, Padded prompt, int text, int texts) {
        if (!test.has("gumbel_uniform")) {
            return Draws.ofSeed();
        }
        float[] uniform = test.floats("gumbel_uniform");
        int length = test.integer("seq_len");
        int first = prompt.length() - 1 - length;
        return (step, position) -> uniform[(step.inBlock() * texts + text) * length + position - first];
    }

    /** One row of a padded batch. */
    private record Padded(int[] row, int[] columns) {

        static Padded of(RecordedTest test, String ids, String mask, int text) {
            int[] row = test.rows(ids)[text];
            int[] real = test.has(mask)
                    ? test.rows(mask)[text]
                    : IntStream.generate(() -> 1).limit(row.length).toArray();
            return new Padded(
                    row,
                    IntStream.range(0, row.length).filter(i -> real[i] != 0).toArray());
        }

        int length() {
            return columns.length;
        }

        int[] real(int[] padded) {
            return Arrays.stream(columns).map(column -> padded[column]).toArray();
        }

        Canvas canvas(int mask) {
            Canvas canvas = Canvas.of();
            for (int id : real(row)) {
                if (id == mask) {
                    canvas.extend(1);
                } else {
                    canvas.pin(id);
                }
            }
            return canvas;
        }
    }

    /** Guidance away from what the network says behind another prompt, which has a padding of its own. */
    private record Guided(Denoiser denoiser, Padded prompt, Padded other, int prefix, double scale)
            implements Denoiser {

        @Override
        public List<Tensor> logits(List<View> views) {
            return views.stream().map(this::logits).toList();
        }

        private Tensor logits(View view) {
            int moved = other.length() - prompt.length();
            Span span = new Span(view.span().start() + moved, view.span().end() + moved);
            Tensor with = denoiser.logits(view.canvas(), view.span());
            Tensor without = denoiser.logits(behindOther(view.canvas()), span);
            return with.mul(1 + scale).sub(without.mul(scale));
        }

        private Canvas behindOther(Canvas canvas) {
            Canvas swapped = Canvas.of();
            int behind = canvas.length() - prompt.row.length; // both are filled up on their left
            for (int column : other.columns) {
                if (column <= prefix) {
                    swapped.pin(other.row[column]);
                } else if (canvas.isHidden(column + behind)) {
                    swapped.extend(1);
                } else {
                    swapped.pin(canvas.id(column + behind));
                }
            }
            return swapped;
        }
    }
}
