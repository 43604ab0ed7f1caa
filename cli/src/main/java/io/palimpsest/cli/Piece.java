package io.palimpsest.cli;

import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.CanvasFrame.Cell;
import io.palimpsest.diffusion.canvas.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A stretch of a canvas in one state, as text to be drawn. */
record Piece(String text, State state) {

    /** How one hidden position looks: about as long as an English token, with the space before it. */
    static final String MASK = " ░░░";

    static Piece hidden(int positions) {
        return new Piece(MASK.repeat(positions), State.HIDDEN);
    }

    /** Whether the text is there to stay, as far as one can know. */
    boolean settled() {
        return state == State.PINNED || state == State.COMMITTED;
    }

    /**
     * The frame from position {@code from} on: neighbours in the same state are decoded together, since one character may
     * take several tokens.
     */
    static List<Piece> of(CanvasFrame frame, int from, Function<int[], String> decoder) {
        List<Piece> pieces = new ArrayList<>();
        List<Cell> cells = frame.cells();
        int start = from;
        while (start < cells.size()) {
            int end = endOfRun(cells, start);
            pieces.add(of(cells.subList(start, end), decoder));
            start = end;
        }
        return pieces;
    }

    private static int endOfRun(List<Cell> cells, int start) {
        int end = start;
        while (end < cells.size() && cells.get(end).state() == cells.get(start).state()) {
            end++;
        }
        return end;
    }

    private static Piece of(List<Cell> run, Function<int[], String> decoder) {
        State state = run.get(0).state();
        if (state == State.HIDDEN) {
            return hidden(run.size());
        }
        return new Piece(decoder.apply(run.stream().mapToInt(Cell::id).toArray()), state);
    }
}
