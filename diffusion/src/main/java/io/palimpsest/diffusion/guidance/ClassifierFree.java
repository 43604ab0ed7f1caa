package io.palimpsest.diffusion.guidance;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Leans away from what the denoiser says without the prompt: u + (scale + 1)(c - u), where c sees all and u sees nothing that
 * is pinned (unsupervised classifier-free guidance, arXiv:2410.18514, as in LLaDA, arXiv:2502.09992).
 *
 * <p>Each canvas has a twin without the prompt, so that what the denoiser keeps by canvas is kept for both.
 */
public final class ClassifierFree implements Denoiser {

    private final Denoiser denoiser;
    private final double scale;
    private final Map<Canvas, Canvas> twins = new HashMap<>();

    /** Closing this one leaves {@code denoiser} open. */
    public ClassifierFree(Denoiser denoiser, double scale) {
        if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the scale of guidance must be at least 0; got " + scale);
        }
        this.denoiser = denoiser;
        this.scale = scale;
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        List<Tensor> with = denoiser.logits(views);
        List<Tensor> without = denoiser.logits(views.stream()
                .map(view -> new View(twin(view.canvas()), view.span()))
                .toList());
        List<Tensor> guided = new ArrayList<>();
        for (int i = 0; i < views.size(); i++) {
            guided.add(without.get(i).add(with.get(i).sub(without.get(i)).mul(scale + 1)));
        }
        return guided;
    }

    private Canvas twin(Canvas canvas) {
        Canvas twin = twins.computeIfAbsent(canvas, c -> Canvas.of());
        twin.truncate(canvas.length());
        twin.extend(canvas.length() - twin.length());
        for (int i = 0; i < canvas.length(); i++) {
            if (canvas.isHidden(i) || canvas.state(i) == State.PINNED) {
                twin.hide(i);
            } else {
                twin.commit(i, canvas.id(i), canvas.confidence(i));
            }
        }
        return twin;
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
        Canvas twin = twins.remove(canvas);
        if (twin != null) {
            denoiser.release(twin);
        }
    }
}
