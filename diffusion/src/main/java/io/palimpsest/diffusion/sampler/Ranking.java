package io.palimpsest.diffusion.sampler;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Proposals in order of their scores; equal ones in order of position. */
record Ranking(int[] order, float[] scores) {

    static Ranking of(float[] scores) {
        int[] order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .mapToInt(i -> i)
                .toArray();
        return new Ranking(order, scores);
    }

    /** The {@code count} best, or all where there are fewer. */
    int[] best(int count) {
        return Arrays.copyOf(order, Math.max(0, Math.min(count, order.length)));
    }

    /** The score of the one at {@code rank}, 0 for the best. */
    float score(int rank) {
        return scores[order[rank]];
    }

    int size() {
        return order.length;
    }
}
