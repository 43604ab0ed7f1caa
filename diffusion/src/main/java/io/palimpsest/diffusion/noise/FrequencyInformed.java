package io.palimpsest.diffusion.noise;

/**
 * Hides rare tokens more often than common ones while the share of all that are hidden stays the schedule's
 * (frequency-informed masking, arXiv:2509.05056).
 *
 * <p>Each token has a weight, its rank by frequency to some power. Up to the text's mean weight chances grow in proportion to
 * the weights; beyond it the chances to stay fall in proportion to what the weights leave. So chances begin at 0, end at 1,
 * never fall, and average to {@code 1 - α(t)}.
 *
 * @param power 0 for no preference, 1 for the full one
 */
public record FrequencyInformed(NoiseSchedule schedule, TokenStatistics statistics, double power)
        implements TokenSchedule {

    public FrequencyInformed {
        if (!(power >= 0)) {
            throw new IllegalArgumentException("power must be at least 0; got " + power);
        }
    }

    /** The curriculum: the preference grows over a run from none to all of {@link #power}. */
    @Override
    public TokenSchedule after(double share) {
        return new FrequencyInformed(schedule, statistics, power * share);
    }

    @Override
    public Chances at(int[] ids, double t) {
        double[] weights = new double[ids.length];
        double mean = 0;
        for (int i = 0; i < ids.length; i++) {
            weights[i] = Math.pow(statistics.rarity(ids[i]), power);
            mean += weights[i] / ids.length;
        }
        double wanted = schedule.hidden(t);
        double[] hidden = new double[ids.length];
        double[] rates = new double[ids.length];
        for (int i = 0; i < ids.length; i++) {
            boolean growing = wanted <= mean;
            double slope = growing ? weights[i] / mean : (1 - weights[i]) / (1 - mean);
            hidden[i] = growing ? slope * wanted : 1 - slope * (1 - wanted);
            rates[i] = slope * schedule.rate(t);
        }
        return new Chances(hidden, rates);
    }
}
