package io.palimpsest.model.architecture;

import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/**
 * The continuous state of hidden positions: the mask's embedding blended with the expected embedding under what the pass before
 * predicted there, so that a canvas is refined in embedding space between commits (soft masking, arXiv:2510.17206; the
 * prediction fed back is self-conditioning, arXiv:2208.04202):
 *
 * <pre>state = m + σ(g) ⊙ Σ_k p_k (e_k - m)</pre>
 *
 * over the {@value #CANDIDATES} likeliest tokens k; what probability they do not hold stays with the mask m, so that an unsure
 * prediction is close to none.
 *
 * @param gate g, (C)
 */
public record SoftMask(Tensor gate) {

    /** How many tokens an expectation is made of. */
    public static final int CANDIDATES = 8;

    /**
     * What a pass expects of some positions.
     *
     * @param embedding Σ_k p_k e_k, (N, C)
     * @param mass Σ_k p_k, (N, 1)
     */
    public record Expected(Tensor embedding, Tensor mass) {

        /** The expectations at {@code rows}; -1 stands for a position of which nothing is known. */
        public Expected at(int... rows) {
            long n = embedding.size(0);
            Tensor index = Tensor.ids(
                    Arrays.stream(rows).map(row -> row < 0 ? (int) n : row).toArray());
            return new Expected(
                    withNothing(embedding).indexSelect(0, index),
                    withNothing(mass).indexSelect(0, index));
        }

        private static Tensor withNothing(Tensor x) { // (N, c) -> (N + 1, c)
            return Tensor.cat(x, Tensor.zeros(x.dtype(), 1, x.size(1)), 0);
        }
    }

    Tensor blend(Tensor mask, Expected expected) { // (C), N -> (N, C)
        Tensor share = gate.sigmoid().unsqueeze(0); // (1, C)
        Tensor kept = share.mul(expected.mass()).neg().add(1); // (N, C)
        return mask.unsqueeze(0).mul(kept).add(share.mul(expected.embedding()));
    }
}
