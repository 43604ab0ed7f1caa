package io.palimpsest.training.objective;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.Tensor;

/** A network in training: it is given noised texts and, if it wants to know, how much noise is in each. */
@FunctionalInterface
public interface TimedNetwork {

    /**
     * The logits of every row.
     *
     * @param ids (B, T)
     * @param sigma the total noise of each text, (B)
     * @param positions where each row stands in its text, B * T of them
     * @return (B, T, V)
     */
    Tensor logits(Tensor ids, Tensor sigma, int[] positions, Attend attend);

    /** A network that does not ask for the noise. */
    static TimedNetwork untimed(CanvasNetwork network) {
        return (ids, sigma, positions, attend) -> network.logits(ids, positions, attend);
    }
}
