package io.palimpsest.diffusion.noise;

import java.util.Arrays;

/**
 * How likely each token of a text is to be hidden by time t.
 *
 * <p>Where the chance depends on the token itself, the weighted cross entropy is what its authors train on, but no exact bound
 * any more: which tokens are hidden then says something about them (MD4, arXiv:2406.04329).
 */
public interface TokenSchedule {

    /** The chances of the tokens {@code ids} at time {@code t}. */
    Chances at(int[] ids, double t);

    /**
     * @param hidden the chance of each token to be hidden
     * @param rates how fast it grows
     */
    record Chances(double[] hidden, double[] rates) {}

    /** All tokens alike. */
    static TokenSchedule of(NoiseSchedule schedule) {
        return (ids, t) -> {
            double[] hidden = new double[ids.length];
            double[] rates = new double[ids.length];
            Arrays.fill(hidden, schedule.hidden(t));
            Arrays.fill(rates, schedule.rate(t));
            return new Chances(hidden, rates);
        };
    }

    /** This schedule as it is once {@code share} of a training run is over, for those that change. */
    default TokenSchedule after(double share) {
        return this;
    }
}
