package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;

/** Scales each row to root mean square 1 and then by a learned weight (arXiv:1910.07467). */
public record RmsNorm(Tensor weight, double eps) {

    public Tensor forward(Tensor x) { // (.., C) -> (.., C)
        return x.rmsNorm(weight, eps);
    }
}
