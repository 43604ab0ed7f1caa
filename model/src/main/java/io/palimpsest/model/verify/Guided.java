package io.palimpsest.model.verify;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Classifier-free guidance (LLaDA, arXiv:2502.09992): leans away from what the network says without the prompt. */
record Guided(Denoiser denoiser, double scale) implements Denoiser {

    @Override
    public List<Tensor> logits(List<View> views) {
        List<Tensor> with = denoiser.logits(views);
        List<Tensor> without = denoiser.logits(views.stream()
                .map(view -> new View(withoutPrompt(view.canvas()), view.span()))
                .toList());
        List<Tensor> guided = new ArrayList<>();
        for (int i = 0; i < views.size(); i++) {
            guided.add(without.get(i).add(with.get(i).sub(without.get(i)).mul(scale + 1)));
        }
        return guided;
    }

    private static Canvas withoutPrompt(Canvas canvas) {
        Canvas without = Canvas.of().extend(canvas.length());
        for (int i = 0; i < canvas.length(); i++) {
            if (canvas.state(i).isVisible() && canvas.state(i) != State.PINNED) {
                without.commit(i, canvas.id(i), canvas.confidence(i));
            }
        }
        return without;
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }
}
