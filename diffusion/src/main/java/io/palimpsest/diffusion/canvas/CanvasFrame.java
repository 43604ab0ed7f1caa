package io.palimpsest.diffusion.canvas;

import java.util.List;

/**
 * A canvas as it stood after one denoising step; immutable.
 *
 * @param step the number of the step within its canvas, from 1; 0 is the canvas before the first step
 * @param forwardPasses the forward passes of the network this canvas has cost so far
 * @param block the positions under work
 * @param cells every position, first to last
 */
public record CanvasFrame(int step, int forwardPasses, Span block, List<Cell> cells) {

    public CanvasFrame {
        cells = List.copyOf(cells);
    }

    /**
     * One position.
     *
     * @param id the token id, or {@link Canvas#NO_TOKEN} while hidden
     * @param state what is known about it
     * @param confidence the probability it was written with, 1 where pinned, 0 while hidden
     */
    public record Cell(int id, State state, float confidence) {}

    /** The same without what follows the first {@code length} positions. */
    public CanvasFrame upTo(int length) {
        if (cells.size() <= length) {
            return this;
        }
        Span shown = new Span(Math.min(block.start(), length), Math.min(block.end(), length));
        return new CanvasFrame(step, forwardPasses, shown, cells.subList(0, length));
    }

    /** The number of positions in {@code state}. */
    public int count(State state) {
        return (int) cells.stream().filter(c -> c.state() == state).count();
    }
}
