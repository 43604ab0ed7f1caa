package io.palimpsest.diffusion.noise;

import io.palimpsest.tensor.Seed;
import java.util.Arrays;
import java.util.List;

/**
 * Times where there is most to learn: learned time warping (CDCD, arXiv:2211.15089).
 *
 * <p>F(t), the network's mean loss by time t, is followed as a function that is linear in each of some equal bins and never
 * falls. Times are drawn as t = F⁻¹(u) with the curve scaled to end at 1, so that the expected loss grows evenly with u: more
 * times fall where the loss rises fast. Each is weighed by one over its density. A floor keeps every time possible.
 *
 * <p>The authors fit F by gradient descent beside the network; here each bin keeps a running mean of the losses seen in it and
 * F is their monotone fit (pool adjacent violators), which needs no step size.
 */
public final class TimeWarp implements Times {

    private static final double MEMORY = 0.99;

    /** The share of draws that stays spread evenly. */
    private static final double FLOOR = 0.1;

    private final double[] means;
    private final double[] seen;
    private final double memory;

    /** @param bins how many equal parts of [0, 1] the loss is followed in */
    public TimeWarp(int bins) {
        this(bins, MEMORY);
    }

    /**
     * @param bins how many equal parts of [0, 1] the loss is followed in
     * @param memory what each new loss leaves of those before it, below 1: the nearer to 1, the steadier the fit
     */
    public TimeWarp(int bins, double memory) {
        if (bins < 2) {
            throw new IllegalArgumentException("a time warp needs at least two bins; got " + bins);
        }
        if (!(memory >= 0 && memory < 1)) {
            throw new IllegalArgumentException("a time warp's memory must be within 0..1, below 1; got " + memory);
        }
        means = new double[bins];
        seen = new double[bins];
        this.memory = memory;
    }

    /** The running mean of each bin, then how much each has seen. */
    @Override
    public double[] memory() {
        double[] all = Arrays.copyOf(means, 2 * means.length);
        System.arraycopy(seen, 0, all, means.length, means.length);
        return all;
    }

    @Override
    public void remember(double[] all) {
        if (all.length != 2 * means.length) {
            throw new IllegalArgumentException("a time warp of " + means.length + " bins remembers " + 2 * means.length
                    + " numbers; got " + all.length);
        }
        System.arraycopy(all, 0, means, 0, means.length);
        System.arraycopy(all, means.length, seen, 0, seen.length);
    }

    @Override
    public void observe(double t, double loss) {
        int bin = bin(t);
        seen[bin] = memory * seen[bin] + 1;
        means[bin] += (loss - means[bin]) / seen[bin];
    }

    @Override
    public List<Time> draw(int count, Seed seed) {
        double[] density = density();
        return Times.antithetic(0).draw(count, seed).stream()
                .map(u -> at(u.t(), density))
                .toList();
    }

    private static Time at(double u, double[] density) {
        double t = quantile(u, density);
        return new Time(t, 1 / density[Math.min(density.length - 1, (int) (t * density.length))]);
    }

    /**
     * The time before which the share {@code u} of draws falls, in (0, 1].
     *
     * @param density how densely times are drawn in each of some equal bins; 1 on average
     */
    public static double quantile(double u, double[] density) {
        double before = 0;
        int bin = 0;
        while (bin < density.length - 1 && before + density[bin] / density.length <= u) {
            before += density[bin++] / density.length;
        }
        double t = (bin + (u - before) * density.length / density[bin]) / density.length;
        return Math.min(1, Math.max(t, Double.MIN_NORMAL));
    }

    /** How densely times are drawn around {@code t}; 1 on average. */
    public double density(double t) {
        return density()[bin(t)];
    }

    /** How densely times are drawn in each bin; 1 on average. */
    public double[] density() {
        double[] fit = monotone();
        double[] density = new double[fit.length];
        double rise = fit[fit.length - 1] - fit[0];
        for (int i = 0; i < density.length; i++) {
            double own = rise > 0 ? slope(fit, i) / rise * (fit.length - 1) : 1;
            density[i] = FLOOR + (1 - FLOOR) * own;
        }
        double sum = Arrays.stream(density).sum();
        return Arrays.stream(density).map(d -> d * density.length / sum).toArray();
    }

    /** The rise around bin {@code i}, a bin. */
    private static double slope(double[] fit, int i) {
        int before = Math.max(0, i - 1);
        int behind = Math.min(fit.length - 1, i + 1);
        return (fit[behind] - fit[before]) / (behind - before);
    }

    /** The nearest sequence to the means that never falls; bins that have seen nothing take their neighbour's. */
    private double[] monotone() {
        double[] value = new double[means.length];
        double[] weight = new double[means.length];
        int[] length = new int[means.length];
        int pools = 0;
        for (int i = 0; i < means.length; i++) {
            value[pools] = means[i];
            weight[pools] = seen[i];
            length[pools++] = 1;
            while (pools > 1
                    && (weight[pools - 1] == 0 || weight[pools - 2] == 0 || value[pools - 2] > value[pools - 1])) {
                pools--;
                double both = weight[pools - 1] + weight[pools];
                value[pools - 1] =
                        both == 0 ? 0 : (value[pools - 1] * weight[pools - 1] + value[pools] * weight[pools]) / both;
                weight[pools - 1] = both;
                length[pools - 1] += length[pools];
            }
        }
        double[] fit = new double[means.length];
        int at = 0;
        for (int pool = 0; pool < pools; pool++) {
            Arrays.fill(fit, at, at + length[pool], value[pool]);
            at += length[pool];
        }
        return fit;
    }

    private int bin(double t) {
        return Math.min(means.length - 1, (int) (t * means.length));
    }
}
