package io.palimpsest.diffusion.noise;

/**
 * Hides tokens that tell much first and reveals them last (the spindle schedule of DiffusionBERT,
 * arXiv:2211.15029): {@code 1 - α(t) = t + λ sin(πt) H(x)}, where {@code H(x) = 1 - mean information / information of x}.
 *
 * <p>H is cut to [-1, 1] and λ is at most 1/π, which keeps every token's chance within [0, 1] and rising.
 *
 * @param lambda how far tokens are moved apart; the authors' code uses 0.3
 */
public record Spindle(TokenStatistics statistics, double lambda) implements TokenSchedule {

    public Spindle {
        if (!(lambda >= 0 && lambda <= 1 / Math.PI)) {
            throw new IllegalArgumentException("lambda must be within 0 .. 1/pi = 0.318; got " + lambda);
        }
    }

    @Override
    public Chances at(int[] ids, double t) {
        double mean = 0;
        for (int id : ids) {
            mean += statistics.information(id) / ids.length;
        }
        double[] hidden = new double[ids.length];
        double[] rates = new double[ids.length];
        for (int i = 0; i < ids.length; i++) {
            double entropy = Math.max(-1, 1 - mean / statistics.information(ids[i]));
            hidden[i] = Math.min(1, Math.max(0, t + lambda * Math.sin(Math.PI * t) * entropy));
            rates[i] = 1 + lambda * Math.PI * Math.cos(Math.PI * t) * entropy;
        }
        return new Chances(hidden, rates);
    }
}
