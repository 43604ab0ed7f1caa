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
     * @param drafts what the diffusion mode says of the positions behind
     */
    record Pass(Tensor causal, Drafts drafts) {}

    /**
     * For each number n of accepted drafts, the denoiser's predictions of positions p + n + 1 to p + n + length; the token at
     * p + n is the autoregressive model's own choice, which the pass did not know.
     *
     * <p>Read while the {@link Pass}'s tensors live.
     */
    interface Drafts {

        /** How many positions are predicted. */
        int length();

        /**
         * The logits of position p + accepted + 1 + i.
         *
         * @param previous the token chosen for the position before it; a denoiser whose predictions are independent within
         *     a pass ignores it
         */
        Tensor logits(int accepted, int i, int previous); // -> (1, V)

        /** Predictions that do not depend on each other: (drafted + 1, length, V). */
        static Drafts independent(Tensor logits) {
            return new Drafts() {
                @Override
                public int length() {
                    return (int) logits.size(1);
                }

                @Override
                public Tensor logits(int accepted, int i, int previous) {
                    return logits.select(0, accepted).narrow(0, i, 1);
                }
            };
        }
    }
}
