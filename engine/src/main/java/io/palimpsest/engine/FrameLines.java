package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.CanvasFrame.Cell;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.model.tokenizer.TextStream;
import io.palimpsest.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/** The frames of one request, each as a line of a trace: the positions, and what is new since the frame before. */
final class FrameLines {

    private static final Cell NOTHING = new Cell(-1, State.HIDDEN, 0);

    private final Tokenizer tokenizer;
    private final int turn;
    private List<Cell> before = List.of();

    FrameLines(Tokenizer tokenizer, int turn) {
        this.tokenizer = tokenizer;
        this.turn = turn;
    }

    Map<String, Object> next(CanvasFrame frame, double seconds) {
        List<Cell> cells = frame.cells();
        boolean first = frame.step() == 0;
        int from = first ? 0 : given(cells);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("turn", turn);
        line.put("step", frame.step());
        line.put("forward_passes", frame.forwardPasses());
        line.put("seconds", seconds);
        line.put("block", List.of(frame.block().start(), frame.block().end()));
        line.put("from", from);
        line.put("positions", positions(cells.subList(from, cells.size())));
        List<Cell> was = first ? cells : before;
        line.put("committed", where(was, cells, FrameLines::isCommitted));
        line.put("drafted", where(was, cells, FrameLines::isDrafted));
        line.put("edited", where(was, cells, FrameLines::isEdited));
        line.put("hidden", where(was, cells, FrameLines::isHidden));
        cells.stream()
                .filter(cell -> isWritten(cell) && cell.state() != State.PINNED)
                .mapToDouble(Cell::confidence)
                .average()
                .ifPresent(mean -> line.put("mean_confidence", mean));
        before = cells;
        return line;
    }

    /** The positions before the first that may change: they are in the first frame and nowhere else. */
    private static int given(List<Cell> cells) {
        int length = 0;
        while (length < cells.size() && cells.get(length).state() == State.PINNED) {
            length++;
        }
        return length;
    }

    /** A character of several tokens is the text of the last of them, so that all texts, joined, are the text. */
    private List<Map<String, Object>> positions(List<Cell> cells) {
        List<Map<String, Object>> positions = new ArrayList<>();
        TextStream text = tokenizer.stream();
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            Map<String, Object> position = new LinkedHashMap<>();
            if (isWritten(cell)) {
                boolean last = i + 1 == cells.size() || !isWritten(cells.get(i + 1));
                position.put("id", cell.id());
                position.put("text", text.push(cell.id()) + (last ? text.flush() : ""));
            }
            position.put("state", cell.state().name().toLowerCase(Locale.ROOT));
            position.put("confidence", cell.confidence());
            positions.add(position);
        }
        return positions;
    }

    private static int[] where(List<Cell> before, List<Cell> now, BiPredicate<Cell, Cell> changed) {
        return IntStream.range(0, Math.max(before.size(), now.size()))
                .filter(i -> changed.test(at(before, i), at(now, i)))
                .toArray();
    }

    private static Cell at(List<Cell> cells, int i) {
        return i < cells.size() ? cells.get(i) : NOTHING;
    }

    private static boolean isCommitted(Cell before, Cell now) {
        return now.state() == State.COMMITTED && before.state() != State.COMMITTED;
    }

    private static boolean isDrafted(Cell before, Cell now) {
        return now.state() == State.PROVISIONAL && (before.state() != State.PROVISIONAL || before.id() != now.id());
    }

    private static boolean isEdited(Cell before, Cell now) {
        return isWritten(before) && isWritten(now) && before.id() != now.id();
    }

    private static boolean isHidden(Cell before, Cell now) {
        return isWritten(before) && !isWritten(now);
    }

    private static boolean isWritten(Cell cell) {
        return cell.state() != State.HIDDEN;
    }
}
