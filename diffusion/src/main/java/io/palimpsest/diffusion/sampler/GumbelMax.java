package io.palimpsest.diffusion.sampler;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;

/**
 * A draw from tempered logits by the largest of {@code exp(logits) / (-log u)^temperature}, in double precision: in single
 * precision the rarest tokens would come up too seldom (arXiv:2409.02908; LLaDA's {@code add_gumbel_noise}).
 */
public final class GumbelMax {

    private GumbelMax() {}

    /**
     * The drawn tokens; at temperature 0 the likeliest.
     *
     * @param uniform numbers in [0, 1), one for each logit
     */
    public static Tensor choose(Tensor logits, Tensor uniform, double temperature) { // (.., V) x 2 -> (..)
        if (temperature == 0) {
            return logits.argmax(-1);
        }
        Tensor noise = uniform.to(DType.F64).log().neg().pow(temperature);
        return logits.to(DType.F64).exp().div(noise).argmax(-1);
    }
}
