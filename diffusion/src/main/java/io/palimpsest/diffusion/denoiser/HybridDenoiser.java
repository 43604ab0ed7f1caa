package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;

/**
 * A network with two modes in one pass: an autoregressive model that judges, and its own diffusion mode that drafts
 * (in the manner of TiDAR, arXiv:2511.08923).
 *
 * <p>Confined to one thread, like a {@link Denoiser}; caches may be kept by canvas between calls.
 */
public interface HybridDenoiser extends AutoCloseable {

    /**
     * Judges the drafts at the end of {@code canvas} and predicts what may follow each of their prefixes. The settled
     * prefix of the canvas has p positions, and positions p to p + drafted - 1 hold provisional tokens.
     *
     * @param draftLength how many positions to predict, 0 for none
     */
    Pass pass(Canvas canvas, int drafted, int draftLength);

    /** Forgets what is kept for {@code canvas}; called when it is filled. */
    default void release(Canvas canvas) {}

    /** Frees all that is kept. */
    @Override
    default void close() {}

    /**
     * The answer to one pass.
     *
     * @param causal (drafted + 1, V): row i is the autoregressive model's logits for position p + i, given all before it
     * @param drafts (drafted + 1, draftLength, V): for each number n of accepted drafts the denoiser's logits for positions
     *     p + n + 1 to p + n + draftLength; the token at p + n is the model's own choice and not known to them
     */
    record Pass(Tensor causal, Tensor drafts) {}
}
