package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;

/**
 * Replaces tokens for which the model has become sure of another (the token-to-token editing of LLaDA2.1's technical report, 2026). A block
 * that is full is read again until nothing of it changes.
 *
 * @param threshold the probability above which another token takes a token's place
 * @param readings how often a full block is read at most
 */
public record TokenEditing(double threshold, int readings) implements Remasking {

    @Override
    public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
        Tensor.Top best = logits.toFloat().softmax(-1).topk(1, -1); // (block length, 1)
        float[] probabilities = best.values().toFloats();
        int[] ids = best.indices().toInts();
        boolean edited = false;
        for (int position : Remasking.older(canvas, step.block(), written)) {
            int row = position - step.block().start();
            if (probabilities[row] > threshold && ids[row] != canvas.id(position)) {
                canvas.draft(position, ids[row], probabilities[row]);
                edited = true;
            }
        }
        boolean read = step.sinceFull() > 0;
        return (edited || !read) && step.sinceFull() < readings;
    }
}
