package io.palimpsest.diffusion.noise;

/**
 * Noise that swaps tokens for wrong ones, and hides some too: {@code q(x_t | x) = α(t) x + ν(t)}, where ν is one mass on the
 * mask and another on each token of the vocabulary (GIDD, arXiv:2503.04482). A network that learns to undo it can correct what
 * it wrote.
 */
public sealed interface ReplacementNoise {

    /** The distribution at time {@code t} within (0, 1). */
    Marginal at(double t);

    /**
     * What a token is at one time, and how fast tokens turn into others: {@code r = ν' - (α'/α) ν}, the rate of jumps into a
     * token from any other.
     *
     * @param alpha the chance to be as it was, apart from being swapped for itself
     * @param mask the chance to be hidden
     * @param each the chance to have been swapped for any one token
     * @param maskRate the rate of jumps to the mask
     * @param eachRate the rate of jumps to any one token
     */
    record Marginal(double alpha, double mask, double each, double maskRate, double eachRate) {}

    /**
     * Tokens are swapped for any other and none is hidden (D3PM, arXiv:2107.03006; UDLM, arXiv:2412.10193).
     *
     * @param vocabulary the number of tokens, without the mask
     */
    record Uniform(NoiseSchedule schedule, int vocabulary) implements ReplacementNoise {

        @Override
        public Marginal at(double t) {
            double alpha = schedule.alpha(t);
            return new Marginal(alpha, 0, schedule.hidden(t) / vocabulary, 0, schedule.rate(t) / (alpha * vocabulary));
        }
    }

    /**
     * Most are hidden, some are swapped, most of these at half time (GIDD, section 4): with {@code c = B √(t (1 - t))} and
     * {@code C = 1 + N c}, {@code α = (1 - t) / C}, the mask's mass is {@code t / C} and each token's {@code c / C}.
     *
     * @param vocabulary the number of tokens N, without the mask
     * @param swapped the share of tokens that are swapped at t = 1/2, which decides B; 0 for masks alone
     */
    record Hybrid(int vocabulary, double swapped) implements ReplacementNoise {

        public Hybrid {
            if (!(swapped >= 0 && swapped < 1)) {
                throw new IllegalArgumentException("the share swapped must be at least 0 and below 1; got " + swapped);
            }
        }

        @Override
        public Marginal at(double t) {
            double b = 2 * swapped / (vocabulary * (1 - swapped));
            double c = b * Math.sqrt(t * (1 - t));
            double all = 1 + vocabulary * c;
            double mask = t / all;
            double each = c / all;
            return new Marginal((1 - t) / all, mask, each, mask / (t * (1 - t)), each * (0.5 / t + 0.5 / (1 - t)));
        }
    }
}
