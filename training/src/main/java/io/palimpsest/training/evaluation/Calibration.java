package io.palimpsest.training.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The expected calibration error: how far confidence and the share of hits are apart, in ten bins of confidence, weighted by
 * how often each occurs (arXiv:1706.04599).
 */
final class Calibration {

    private static final int BINS = 10;

    private final int[] counts = new int[BINS];
    private final int[] hits = new int[BINS];
    private final double[] confidence = new double[BINS];

    /** A prediction made with {@code probability}, right or not. */
    void add(double probability, boolean hit) {
        int bin = Math.min(BINS - 1, (int) (probability * BINS));
        counts[bin]++;
        hits[bin] += hit ? 1 : 0;
        confidence[bin] += probability;
    }

    double error() {
        double gap = IntStream.range(0, BINS)
                .mapToDouble(b -> Math.abs(confidence[b] - hits[b]))
                .sum();
        return gap / Math.max(1, Arrays.stream(counts).sum());
    }
}
