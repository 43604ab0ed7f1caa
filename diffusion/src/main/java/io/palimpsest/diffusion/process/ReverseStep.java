package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;

/** One step back: from x_t and what the network says of x₀ to x_{t-1}. */
public interface ReverseStep {

    /**
     * x_{t-1}.
     *
     * @param x x_t, (B, T, C)
     * @param x0 the predicted clean embeddings, (B, T, C)
     * @param noise standard normal numbers, (B, T, C); step 0 uses none
     */
    Tensor back(GaussianProcess process, int step, Tensor x, Tensor x0, Tensor noise);

    /** Draws from the posterior with its own variance (DDPM, arXiv:2006.11239, algorithm 2). */
    static ReverseStep ancestral() {
        return (process, step, x, x0, noise) -> {
            Tensor mean = process.posteriorMean(x0, x, step);
            return step == 0 ? mean : mean.add(noise.mul(Math.exp(0.5 * process.posteriorLogVariance(step))));
        };
    }

    /** Draws from the posterior with the larger variance β (arXiv:2006.11239, section 3.2). */
    static ReverseStep ancestralLarge() {
        return (process, step, x, x0, noise) -> {
            Tensor mean = process.posteriorMean(x0, x, step);
            return step == 0 ? mean : mean.add(noise.mul(Math.sqrt(process.beta(step))));
        };
    }

    /**
     * Keeps the noise that x_t holds instead of drawing all of it anew (DDIM, arXiv:2010.02502, equation 12).
     *
     * @param eta the share that is drawn: 0 for a step without chance, 1 for an ancestral one
     */
    static ReverseStep implicit(double eta) {
        return (process, step, x, x0, noise) -> {
            double now = process.alphaBar(step);
            double then = process.alphaBar(step - 1);
            double sigma = eta * Math.sqrt((1 - then) / (1 - now)) * Math.sqrt(1 - now / then);
            Tensor held = process.noise(x0, x, step).mul(Math.sqrt(1 - then - sigma * sigma));
            Tensor mean = x0.mul(Math.sqrt(then)).add(held);
            return step == 0 ? mean : mean.add(noise.mul(sigma));
        };
    }
}
