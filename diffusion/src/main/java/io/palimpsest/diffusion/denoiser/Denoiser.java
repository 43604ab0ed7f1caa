package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * Predicts the clean tokens of canvases: p(x₀ | x_t), as logits.
 *
 * <p>Each answer depends on its own canvas alone, never on the others in the call. An implementation may keep caches by
 * canvas between calls; it is confined to one thread and freed by {@link #close}.
 */
public interface Denoiser extends AutoCloseable {

    /** A canvas and the positions to predict on it. */
    record View(Canvas canvas, Span span) {}

    /**
     * The logits at the positions of each view.
     *
     * @return for each view a float tensor (span length, V); row i is for the token at position {@code span.start() + i}
     */
    List<Tensor> logits(List<View> views);

    /** The logits at the positions of {@code span}. */
    default Tensor logits(Canvas canvas, Span span) { // -> (span length, V)
        return logits(List.of(new View(canvas, span))).get(0);
    }

    /**
     * This denoiser where each token is predicted as if it stood hidden: what a sampler asks that wants to know whether a token
     * was right. It may cost many passes.
     */
    default Denoiser leavingOut() {
        return new LeavingOut(this);
    }

    /**
     * This denoiser for the texts of one request. Most need nothing for that; one whose hidden positions hold noise draws it from
     * {@code seed} and removes it in so many steps.
     */
    default Denoiser drawing(Seed seed, int steps) {
        return this;
    }

    /** Forgets what is kept for {@code canvas}; called when it is filled. */
    default void release(Canvas canvas) {}

    /** Frees all that is kept. */
    @Override
    default void close() {}
}
