package io.palimpsest.model.verify;

import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Proposals;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Rules of published samplers for how much a step commits. */
final class Policies {

    private Policies() {}

    /** The proposals in order of confidence. */
    static int[] ranked(float[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .mapToInt(i -> i)
                .toArray();
    }

    static int[] best(float[] scores, int count) {
        return Arrays.copyOf(ranked(scores), Math.max(0, Math.min(count, scores.length)));
    }

    /** How many are to be committed in each step of a block, whatever is hidden in it. */
    static Unmasking counted(IntUnaryOperator count, Confidence confidence) {
        return patient(p -> best(confidence.of(p), count.applyAsInt(p.step().inBlock())));
    }

    /** A block's length in equal shares, the remainder in the first steps. */
    static IntUnaryOperator quota(int length, int steps) {
        return step -> step >= steps ? length : length / steps + (step < length % steps ? 1 : 0);
    }

    /** All proposals above {@code threshold} where they are at least the step's share, otherwise the share. */
    static Unmasking shareOrAbove(IntUnaryOperator share, double threshold, Confidence confidence) {
        return patient(p -> {
            float[] scores = confidence.of(p);
            int above = (int) IntStream.range(0, scores.length)
                    .filter(i -> scores[i] > threshold)
                    .count();
            return best(scores, Math.max(above, share.applyAsInt(p.step().inBlock())));
        });
    }

    /** All proposals of at least {@code threshold}, and always the best (Fast-dLLM, arXiv:2505.22618). */
    static Unmasking atLeast(double threshold, Confidence confidence) {
        return patient(p -> {
            float[] scores = confidence.of(p);
            int[] ranked = ranked(scores);
            int count = Math.min(1, ranked.length);
            while (count < ranked.length && scores[ranked[count]] >= threshold) {
                count++;
            }
            return Arrays.copyOf(ranked, count);
        });
    }

    /**
     * Dream's schedule (arXiv:2508.15487): time falls from 1 to {@code eps} in equal steps, and of what is hidden the share
     * 1 - s/t is committed; the last step leaves nothing. Computed in single precision, as there.
     */
    static Unmasking overTime(int steps, double eps, Confidence confidence, int width) {
        return patient(p -> {
            int step = p.step().inBlock();
            float share = 1 - time(step + 1, steps, eps) / time(step, steps, eps);
            int count = step < steps - 1 ? (int) (p.size() * share) : p.size();
            return topOfRow(p, confidence.of(p), count, width);
        });
    }

    /**
     * The best of a row of {@code width} positions in which only proposals have a score, as libtorch finds them: where a cut
     * leaves several positions a single token, their confidences are equal, and its choice among equals is the recorded one.
     */
    private static int[] topOfRow(Proposals p, float[] scores, int count, int width) {
        if (count <= 0) {
            return new int[0];
        }
        float[] row = new float[width];
        int[] proposal = new int[width];
        Arrays.fill(row, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < scores.length; i++) {
            row[p.position(i)] = scores[i];
            proposal[p.position(i)] = i;
        }
        int[] top = Tensor.of(row)
                .topk(Math.min(count, scores.length), -1)
                .indices()
                .toInts();
        return Arrays.stream(top).map(position -> proposal[position]).toArray();
    }

    /** Item {@code i} of {@code linspace(1, eps, steps + 1)} in single precision. */
    private static float time(int i, int steps, double eps) {
        float end = (float) eps;
        float width = (end - 1) / steps;
        return i < (steps + 1) / 2 ? 1 + width * i : end - width * (steps - i);
    }

    /**
     * Dream with Fast-dLLM's threshold: each step considers its share and what earlier ones held back, and holds back what is
     * less sure than {@code threshold}, except the best.
     */
    static Unmasking heldBack(int steps, double threshold, Confidence confidence) {
        return patient(p -> {
            int total = p.step().hiddenAtStart();
            int share = total / steps;
            int committed = total - p.size();
            int considered = share * Math.min(p.step().inBlock() + 1, steps) - committed;
            float[] scores = confidence.of(p);
            int[] ranked = best(scores, considered);
            return IntStream.range(0, ranked.length)
                    .filter(i -> i == 0 || scores[ranked[i]] >= threshold)
                    .map(i -> ranked[i])
                    .toArray();
        });
    }

    /**
     * dLLM's schedule: step by step the share 1 - s/t of what is left, rounded half to even; steps without any are left out.
     */
    static Unmasking rounded(int steps, Confidence confidence) {
        return patient(p -> {
            int left = p.step().hiddenAtStart();
            int kept = 0;
            for (int i = 0; i < steps && left > 0; i++) {
                float s = 1 - (float) ((double) (steps - 1 - i) / steps); // single precision decides what is half
                float t = 1 - (float) ((double) (steps - i) / steps);
                int count = Math.min(left, (int) Math.rint((double) left * (1 - (1 - s) / (1 - t))));
                left -= count;
                if (count > 0 && kept++ == p.step().inBlock()) {
                    return best(confidence.of(p), count);
                }
            }
            return best(confidence.of(p), p.size());
        });
    }

    /** The first position of a block in its first step, then {@code rest}. */
    static Unmasking firstThen(Unmasking rest) {
        return patient(p -> p.step().inBlock() == 0 ? new int[] {0} : rest.choose(p));
    }

    /** A policy whose steps may commit nothing for long. */
    private static Unmasking patient(Function<Proposals, int[]> rule) {
        return new Unmasking() {
            @Override
            public int[] choose(Proposals proposals) {
                return rule.apply(proposals);
            }

            @Override
            public int patience() {
                return 4096;
            }
        };
    }
}
