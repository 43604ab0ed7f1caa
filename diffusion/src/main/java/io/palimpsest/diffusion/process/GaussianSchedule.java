package io.palimpsest.diffusion.process;

import java.util.function.DoubleUnaryOperator;

/** How fast normal noise replaces the signal: the share ᾱ of the signal's variance that is left falls over the steps. */
public enum GaussianSchedule {
    /** ᾱ(t) = 1 - √(t + 0.0001): much noise early, since words are told apart through a little of it (arXiv:2205.14217). */
    SQRT {
        @Override
        public double[] betas(int steps) {
            return following(steps, t -> 1 - Math.sqrt(t + 0.0001));
        }
    },
    /** ᾱ(t) = cos²(π/2 · (t + 0.008) / 1.008) (arXiv:2102.09672). */
    COSINE {
        @Override
        public double[] betas(int steps) {
            return following(steps, t -> square(Math.cos((t + 0.008) / 1.008 * Math.PI / 2)));
        }
    },
    /** β in equal steps from 0.0001 to 0.02 for 1000 of them, larger for fewer (arXiv:2006.11239). */
    LINEAR {
        @Override
        public double[] betas(int steps) {
            double scale = 1000.0 / steps;
            double[] betas = new double[steps];
            for (int i = 0; i < steps; i++) {
                betas[i] = scale * (0.0001 + (0.02 - 0.0001) * i / Math.max(1, steps - 1));
            }
            return betas;
        }
    };

    /** No step destroys more than this share of the signal's variance. */
    private static final double MOST = 0.999;

    /** The variance β that each of {@code steps} steps adds. */
    public abstract double[] betas(int steps);

    static double[] following(int steps, DoubleUnaryOperator alphaBar) {
        double[] betas = new double[steps];
        for (int i = 0; i < steps; i++) {
            double before = alphaBar.applyAsDouble((double) i / steps);
            double after = alphaBar.applyAsDouble((i + 1.0) / steps);
            betas[i] = Math.min(1 - after / before, MOST);
        }
        return betas;
    }

    static double square(double x) {
        return x * x;
    }
}
