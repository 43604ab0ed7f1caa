package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * A denoiser whose distributions are sharpened or flattened before anything is computed from them, so that confidences are those
 * of the tempered ones (Dream, arXiv:2508.15487; SDAR, arXiv:2510.06303).
 *
 * @param temperature what logits are divided by
 */
public record Tempering(Denoiser denoiser, double temperature) implements Denoiser {

    public Tempering {
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("logits are divided by a temperature above 0; got " + temperature);
        }
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return denoiser.logits(views).stream()
                .map(logits -> logits.div(temperature))
                .toList();
    }

    @Override
    public Denoiser leavingOut() {
        return new Tempering(denoiser.leavingOut(), temperature);
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }
}
