package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Steers the denoising of embeddings: the gradient by which noised texts would become more of what is wanted (classifier guidance,
 * arXiv:2105.05233; for text Diffusion-LM, arXiv:2205.14217).
 */
@FunctionalInterface
public interface EmbeddingGuidance {

    /**
     * The gradient of log p(wanted | x) with respect to x, already scaled by how much it is wanted.
     *
     * @param canvases whose texts they are
     * @param x noised embeddings, (B, T, C)
     * @param told the noise of each text, (B)
     * @return (B, T, C)
     */
    Tensor gradient(List<Canvas> canvases, Tensor x, Tensor told);

    /**
     * Whether the network is told what came of its prediction (self-conditioning): it then writes on in that sense sooner, and goes
     * astray where the gradient leads away from texts.
     */
    default boolean isTold() {
        return false;
    }

    /** Nothing in particular is wanted. */
    static EmbeddingGuidance none() {
        return (canvases, x, told) -> Tensor.zeros(x.shape());
    }

    /** The gradient, times {@code scale}, of the number that {@code logProbability} makes of {@code x}. */
    static Tensor ascent(Tensor x, double scale, UnaryOperator<Tensor> logProbability) { // (B, T, C) -> (B, T, C)
        Tensor from = x.detach().copy().requireGrad();
        try (Scope memory = Scope.training()) {
            logProbability.apply(from).backward();
        }
        return from.grad().mul(scale);
    }
}
