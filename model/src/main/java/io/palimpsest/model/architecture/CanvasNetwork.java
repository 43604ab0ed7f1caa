package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.Tensor;

/** A network that gives every row of its input logits for a token: what all published denoisers are, for those around them. */
public interface CanvasNetwork {

    /**
     * The raw logits of all rows, before any shift.
     *
     * @param ids (B, T) of token ids
     * @param positions B * T positions, text by text
     * @param attend who sees whom
     */
    Tensor logits(Tensor ids, int[] positions, Attend attend); // (B, T) -> (B, T, V)
}
