package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;
import java.util.Optional;

/** Normalises each row to mean 0 and variance 1, scales it and, where there is a bias, moves it (arXiv:1607.06450). */
public record LayerNorm(Tensor weight, Optional<Tensor> bias, double eps) {

    public Tensor forward(Tensor x) { // (.., C) -> (.., C)
        return bias.isPresent() ? x.layerNorm(weight, bias.get(), eps) : x.layerNorm(weight, eps);
    }
}
