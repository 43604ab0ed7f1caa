package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * A denoiser that proposes only tokens of one part of the vocabulary, such as an image's codes.
 *
 * @param first the first token's id
 * @param count how many tokens there are from there on
 */
public record Within(Denoiser denoiser, int first, int count) implements Denoiser {

    @Override
    public List<Tensor> logits(List<View> views) {
        return denoiser.logits(views).stream().map(this::within).toList();
    }

    private Tensor within(Tensor logits) { // (n, V)
        long after = logits.size(1) - first - count;
        return Tensor.cat(
                List.of(
                        Tensor.full(Double.NEGATIVE_INFINITY, logits.size(0), first),
                        logits.narrow(1, first, count),
                        Tensor.full(Double.NEGATIVE_INFINITY, logits.size(0), after)),
                1);
    }

    @Override
    public Denoiser leavingOut() {
        return new Within(denoiser.leavingOut(), first, count);
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }
}
