package io.palimpsest.model.architecture;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.tensor.Tensor;

/**
 * Makes the predictions of one pass coherent: what a canvas row says of its token, given the token that was just chosen for
 * the position before it. Rows of a pass are independent of each other, and the likeliest token at each need not make sense
 * together; this small network corrects a row's normalised state by its neighbour's embedding before the vocabulary head
 * reads it (the sampler head of arXiv:2507.11851, section 3.3):
 *
 * <pre>z' = z + out(silu(in([z; e / rms(e)])))</pre>
 *
 * @param in (2C) -> (hidden)
 * @param out (hidden) -> (C)
 */
public record SamplerHead(Linear in, Linear out) {

    private static final double EPS = 1e-6;

    /**
     * The corrected states.
     *
     * @param z states behind the body's last norm, (N, C)
     * @param previous embeddings of the tokens before, (N, C)
     */
    public Tensor forward(Tensor z, Tensor previous) { // -> (N, C)
        Tensor unit = previous.rmsNorm(Tensor.ones(previous.size(1)), EPS);
        return z.add(out.forward(in.forward(Tensor.cat(z, unit, 1)).silu()));
    }
}
