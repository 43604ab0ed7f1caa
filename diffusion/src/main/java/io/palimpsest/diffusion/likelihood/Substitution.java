package io.palimpsest.diffusion.likelihood;

import io.palimpsest.tensor.Tensor;

/**
 * Logits as probabilities of clean tokens (SUBS, MDLM, arXiv:2406.07524, section 3.2.3): the mask is never clean, and what is
 * visible stays as it is.
 */
public final class Substitution {

    /** What the published code writes for the logarithm of a probability of zero. */
    private static final double NEVER = -1e6;

    private Substitution() {}

    /** log p(x₀ | x_t) of noised texts {@code ids} (B, T). */
    public static Tensor logProbabilities(Tensor logits, Tensor ids, int mask) { // (B, T, V) -> (B, T, V)
        int vocabulary = (int) logits.size(2);
        float[] bias = new float[vocabulary];
        bias[mask] = (float) NEVER;
        Tensor p = logits.add(Tensor.of(bias)).logSoftmax(-1);
        Tensor at = ids.unsqueeze(2); // (B, T, 1)
        Tensor own = at.eq(Tensor.arange(0, vocabulary).reshape(1, 1, vocabulary)); // (B, T, V)
        Tensor certain = Tensor.full(NEVER, 1, 1, 1).mul(own.logicalNot().toFloat());
        return Tensor.where(at.eq(mask).logicalNot(), certain, p);
    }

    /** The negative logarithms of the probabilities of {@code clean} (B, T) under {@code logProbabilities}. */
    public static Tensor surprises(Tensor logProbabilities, Tensor clean) { // (B, T, V) -> (B, T)
        return logProbabilities.gather(2, clean.unsqueeze(2)).squeeze(2).neg();
    }
}
