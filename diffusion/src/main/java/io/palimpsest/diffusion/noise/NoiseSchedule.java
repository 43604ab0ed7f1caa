package io.palimpsest.diffusion.noise;

/**
 * How much of a text is hidden by time t in [0, 1]: {@code 1 - α(t)}, which never falls.
 *
 * <p>The literature writes α(t) for the share that is left, or σ(t) = -log α(t). Everything here is said of the share that is
 * hidden, since near t = 0 the difference 1 - α loses its digits.
 */
public sealed interface NoiseSchedule {

    /** The share of tokens that are hidden at {@code t}: 1 - α(t). */
    double hidden(double t);

    /** How fast that share grows at {@code t}: -α'(t). */
    double rate(double t);

    /** The share of tokens that are left at {@code t}: α(t). */
    default double alpha(double t) {
        return 1 - hidden(t);
    }

    /** The total noise σ(t) = -log α(t), which networks that know the time are told. */
    default double sigma(double t) {
        return -Math.log1p(-hidden(t));
    }

    /** What a hidden token weighs in the likelihood bound: -α'(t) / (1 - α(t)). */
    default double weight(double t) {
        return rate(t) / hidden(t);
    }

    /** α(t) = 1 - t, the schedule of LLaDA (arXiv:2502.09992): a hidden token weighs 1/t. */
    static NoiseSchedule linear() {
        return new Polynomial(1);
    }

    /** α(t) = 1 - √t: most tokens go early. */
    static NoiseSchedule sqrt() {
        return new Polynomial(0.5);
    }

    /** α(t) = 1 - t^w (MD4, arXiv:2406.04329): for w above 1 tokens go late. */
    record Polynomial(double exponent) implements NoiseSchedule {

        public Polynomial {
            requirePositive("exponent", exponent);
        }

        @Override
        public double hidden(double t) {
            return Math.pow(t, exponent);
        }

        @Override
        public double rate(double t) {
            return exponent * Math.pow(t, exponent - 1);
        }

        @Override
        public double weight(double t) {
            return exponent / t;
        }
    }

    /** α(t) = 1 - cos(π/2 (1 - t)) (MaskGIT, arXiv:2202.04200; MD4): most tokens go early, few at the end. */
    record Cosine() implements NoiseSchedule {

        @Override
        public double hidden(double t) {
            return Math.sin(Math.PI / 2 * t);
        }

        @Override
        public double rate(double t) {
            return Math.PI / 2 * Math.cos(Math.PI / 2 * t);
        }
    }

    /** σ(t) = σmin^(1-t) σmax^t (SEDD, arXiv:2310.16834): the total noise grows by the same factor in equal times. */
    record Geometric(double sigmaMin, double sigmaMax) implements NoiseSchedule {

        public Geometric {
            requirePositive("sigmaMin", sigmaMin);
            if (!(sigmaMax > sigmaMin)) {
                throw new IllegalArgumentException(
                        "sigmaMax must be above sigmaMin; got " + sigmaMax + " and " + sigmaMin);
            }
        }

        @Override
        public double sigma(double t) {
            return Math.pow(sigmaMin, 1 - t) * Math.pow(sigmaMax, t);
        }

        @Override
        public double hidden(double t) {
            return -Math.expm1(-sigma(t));
        }

        @Override
        public double rate(double t) {
            return sigma(t) * Math.log(sigmaMax / sigmaMin) * Math.exp(-sigma(t));
        }
    }

    /** σ(t) = -log(1 - (1 - ε) t) (MDLM, arXiv:2406.07524): linear, but never quite all is hidden. */
    record LogLinear(double eps) implements NoiseSchedule {

        public LogLinear {
            if (!(eps >= 0 && eps < 1)) {
                throw new IllegalArgumentException("eps must be at least 0 and below 1; got " + eps);
            }
        }

        @Override
        public double hidden(double t) {
            return (1 - eps) * t;
        }

        @Override
        public double rate(double t) {
            return 1 - eps;
        }
    }

    /**
     * 1 - α(t) = low + (high - low) t (BD3-LM, arXiv:2503.09573): shares outside the range teach little and add
     * variance, and are never drawn. What is trained this way is measured under an unclipped schedule.
     */
    record Clipped(double low, double high) implements NoiseSchedule {

        public Clipped {
            if (!(low >= 0 && high > low && high <= 1)) {
                throw new IllegalArgumentException(
                        "a clipped schedule needs 0 <= low < high <= 1; got " + low + " and " + high);
            }
        }

        @Override
        public double hidden(double t) {
            return low + (high - low) * t;
        }

        @Override
        public double rate(double t) {
            return high - low;
        }
    }

    private static void requirePositive(String name, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException(name + " must be positive; got " + value);
        }
    }
}
