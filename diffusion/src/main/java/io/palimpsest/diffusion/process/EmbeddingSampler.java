package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/**
 * Turns noise into word embeddings, step by step from the last to step 0 (Diffusion-LM, arXiv:2205.14217).
 *
 * @param clamped whether each prediction is moved to the nearest words before it is used
 */
public record EmbeddingSampler(
        GaussianProcess process, EmbeddingDenoiser denoiser, ReverseStep reverse, boolean clamped) {

    /** Where standard normal numbers come from. */
    @FunctionalInterface
    public interface Noise {

        /** The numbers for {@code step}. */
        Tensor at(int step);

        /** Numbers of {@code shape} drawn from {@code seed}; each step's are independent of the others'. */
        static Noise of(Seed seed, long... shape) {
            return step -> Tensor.randn(seed.child(step), shape);
        }
    }

    /** Hears of x after each step. */
    @FunctionalInterface
    public interface Listener {
        void after(int step, Tensor x);
    }

    /** What {@code start}, x_T, becomes. */
    public Tensor sample(Tensor start, Noise noise, Listener listener) { // (B, T, C) -> (B, T, C)
        Tensor x = start;
        for (int step = process.steps() - 1; step >= 0; step--) {
            x = back(x, step, noise);
            listener.after(step, x);
        }
        return x;
    }

    /** One step back. */
    public Tensor back(Tensor x, int step, Noise noise) { // (B, T, C) -> (B, T, C)
        return Scope.returning(() -> {
            int[] steps = new int[(int) x.size(0)];
            Arrays.fill(steps, step);
            Tensor x0 = denoiser.predict(x, process.told(steps));
            return reverse.back(process, step, x, clamped ? denoiser.nearest(x0) : x0, noise.at(step));
        });
    }
}
