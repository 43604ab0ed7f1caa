package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Normalises each row to mean 0 and variance 1, scales it and, where there is a bias, moves it (arXiv:1607.06450). */
public record LayerNorm(Tensor weight, Optional<Tensor> bias, double eps) {

    /** Gives {@code to} the tensors it is trained by, under the names of a norm called {@code name}. */
    public void parameters(String name, BiConsumer<String, Tensor> to) {
        to.accept(name + ".weight", weight);
        bias.ifPresent(b -> to.accept(name + ".bias", b));
    }

    public Tensor forward(Tensor x) { // (.., C) -> (.., C)
        return bias.isPresent() ? x.layerNorm(weight, bias.get(), eps) : x.layerNorm(weight, eps);
    }
}
