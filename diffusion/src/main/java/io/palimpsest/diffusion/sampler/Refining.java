package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;

/**
 * Reads a block anew a fixed number of times, each token as it then is: for denoisers that hold something finer than tokens behind the
 * canvas, of which the canvas shows the nearest ones.
 *
 * @param steps how often
 */
public record Refining(int steps) implements Remasking {

    public Refining {
        if (steps < 1) {
            throw new IllegalArgumentException("a text is refined in at least 1 step; got " + steps);
        }
    }

    @Override
    public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
        Tensor.Top best = logits.toFloat().softmax(-1).topk(1, -1); // (block length, 1)
        float[] probabilities = best.values().toFloats();
        int[] ids = best.indices().toInts();
        for (int position : Remasking.older(canvas, step.block(), written)) {
            int row = position - step.block().start();
            canvas.draft(position, ids[row], probabilities[row]);
        }
        return step.inBlock() + 1 < steps;
    }

    /** Nothing is hidden behind the first step, and all of them are wanted. */
    @Override
    public int patience() {
        return steps;
    }
}
