package io.palimpsest.diffusion.sampler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The likeliest tokens of a distribution: top-p (arXiv:1904.09751) and top-k together. */
final class Nucleus {

    private Nucleus() {}

    static void requireValid(double topP, int topK) {
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p must be above 0 and at most 1; got " + topP);
        }
        if (topK < 1) {
            throw new IllegalArgumentException("top-k must be at least 1; got " + topK);
        }
    }

    /**
     * Sets all but the likeliest tokens to 0 and scales those to sum to 1. A token stays while the likelier ones hold at
     * most {@code topP} together and are fewer than {@code topK}.
     */
    static void cut(float[] distribution, double topP, int topK) {
        if (topP == 1 && topK >= distribution.length) {
            return;
        }
        Integer[] kept = likeliest(distribution, topP, topK);
        float[] weights = new float[kept.length];
        double sum = 0;
        for (int i = 0; i < kept.length; i++) {
            weights[i] = distribution[kept[i]];
            sum += weights[i];
        }
        Arrays.fill(distribution, 0);
        for (int i = 0; i < kept.length; i++) {
            distribution[kept[i]] = (float) (weights[i] / sum);
        }
    }

    /** The ids that stay, likeliest first. */
    static Integer[] likeliest(float[] distribution, double topP, int topK) {
        // Tokens below this bound hold less than 1 - topP all together, so none of them is in the nucleus: sorting what
        // is
        // left is much less work than sorting a vocabulary.
        double bound = topK >= distribution.length ? (1 - topP) / distribution.length : 0;
        Integer[] ids = atLeast(distribution, bound);
        Arrays.sort(ids, Comparator.comparingDouble(id -> -distribution[id]));
        double before = 0;
        int n = 0;
        while (n < ids.length && n < topK && (n == 0 || before <= topP)) {
            before += distribution[ids[n++]];
        }
        return Arrays.copyOf(ids, n);
    }

    private static Integer[] atLeast(float[] distribution, double bound) {
        double least = Math.max(bound, Float.MIN_VALUE);
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < distribution.length; id++) {
            if (distribution[id] >= least) {
                ids.add(id);
            }
        }
        return ids.toArray(Integer[]::new);
    }
}
