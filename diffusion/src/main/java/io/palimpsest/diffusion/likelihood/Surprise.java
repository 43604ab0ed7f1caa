package io.palimpsest.diffusion.likelihood;

import io.palimpsest.tensor.Tensor;

/** The negative log-probability of a token, in nats. */
public final class Surprise {

    private Surprise() {}

    /** That of {@code ids[i]} under row i of {@code logits} (n, V), for each i. */
    public static float[] of(Tensor logits, int... ids) {
        Tensor all = logits.toFloat();
        Tensor own = all.gather(1, Tensor.ids(ids).unsqueeze(1)); // (n, 1)
        return all.logsumexp(-1, true).sub(own).toFloats();
    }
}
