package io.palimpsest.training.trainer;

/**
 * The step size over a run: a linear warm-up, a plateau, and a decay.
 *
 * @param peak the largest learning rate
 * @param warmUp steps until it is reached
 * @param plateau the share of all steps after which it falls: 0 for a fall right after warm-up, 1 for none
 * @param decay how it falls
 * @param floor what is left of the peak at the end, as a share
 */
public record LearningRate(double peak, int warmUp, double plateau, Decay decay, double floor) {

    /** How the rate falls, as a share of the way left: 1 at the beginning of the fall, 0 at its end. */
    public enum Decay {
        LINEAR {
            @Override
            double at(double left) {
                return left;
            }
        },
        /** Half a cosine wave (SGDR, arXiv:1608.03983). */
        COSINE {
            @Override
            double at(double left) {
                return 0.5 * (1 - Math.cos(Math.PI * left));
            }
        };

        abstract double at(double left);
    }

    public LearningRate {
        if (!(peak > 0) || warmUp < 0 || !(plateau >= 0 && plateau <= 1) || !(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException(
                    "a learning rate needs a positive peak, a warm-up of at least 0 steps, and a"
                            + " plateau and a floor within 0..1; got " + peak + ", " + warmUp + ", " + plateau + ", "
                            + floor);
        }
    }

    /** The rate of step {@code step}, from 0, in a run of {@code steps}. */
    public double at(int step, int steps) {
        double warm = Math.min(1, (step + 1.0) / Math.max(1, warmUp));
        double fallsAt = Math.max(plateau * steps, Math.min(warmUp, steps));
        double left = step < fallsAt ? 1 : (steps - step) / (steps - fallsAt);
        return peak * warm * (floor + (1 - floor) * decay.at(left));
    }
}
