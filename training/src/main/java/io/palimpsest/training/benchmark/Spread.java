package io.palimpsest.training.benchmark;

import java.util.List;

/**
 * What repeated measurements came to.
 *
 * @param median half of them are below
 * @param low a quarter of them are below
 * @param high a quarter of them are above
 */
public record Spread(double median, double low, double high) {

    static Spread of(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return new Spread(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75));
    }

    /** Between two values, what lies between them. */
    private static double quantile(List<Double> sorted, double share) {
        double at = share * (sorted.size() - 1);
        double below = sorted.get((int) Math.floor(at));
        double above = sorted.get((int) Math.ceil(at));
        return below + (above - below) * (at - Math.floor(at));
    }
}
