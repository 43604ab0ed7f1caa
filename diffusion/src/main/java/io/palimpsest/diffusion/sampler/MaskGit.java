package io.palimpsest.diffusion.sampler;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Hides a falling share of the block (MaskGIT, arXiv:2202.04200): after each step as many positions stay hidden as the schedule
 * says, those with the least confidence; none after the last step, at least one before it.
 *
 * <p>Confidence is the logarithm of the token's probability, disturbed by Gumbel noise that cools down as the schedule runs.
 *
 * @param steps how many steps fill the block
 * @param temperature how much noise there is at first; 0 for none
 * @param schedule the share that is hidden at times from 0 to 1
 * @param draws where uniform numbers come from
 */
public record MaskGit(int steps, double temperature, DoubleUnaryOperator schedule, Draws draws) implements Unmasking {

    /** What the published code writes for a logarithm of nothing. */
    private static final double LEAST = 1e-20;

    /** MaskGIT's own schedule: few tokens first, many last. */
    public static double cosine(double time) {
        return Math.cos(time * Math.PI / 2);
    }

    @Override
    public int[] choose(Proposals proposals) {
        int step = proposals.step().inBlock();
        if (step >= steps - 1) {
            return IntStream.range(0, proposals.size()).toArray();
        }
        double share = schedule.applyAsDouble((step + 1.0) / steps);
        int wanted =
                (int) Math.floor((float) (proposals.step().hiddenAtStart() * share)); // in single precision, as there
        int hidden = Math.max(1, Math.min(proposals.size() - 1, wanted));
        if (hidden >= proposals.size()) {
            return new int[0];
        }
        double[] confidences = confidences(proposals, temperature(step));
        double least = Arrays.stream(confidences).sorted().toArray()[hidden];
        return IntStream.range(0, proposals.size())
                .filter(i -> confidences[i] >= least)
                .toArray();
    }

    /** Each step cools by the share of steps that are over, on top of those before it. */
    private double temperature(int step) {
        double cooled = temperature;
        for (int i = 0; i <= step; i++) {
            cooled *= 1 - (i + 1.0) / steps;
        }
        return cooled;
    }

    private double[] confidences(Proposals proposals, double temperature) {
        double[] confidences = new double[proposals.size()];
        for (int i = 0; i < confidences.length; i++) {
            double u = temperature == 0 ? 0.5 : draws.uniform(proposals.step(), proposals.position(i));
            confidences[i] = log(proposals.probability(i)) - temperature * log(-log(u));
        }
        return confidences;
    }

    private static double log(double x) {
        return Math.log(Math.max(x, LEAST));
    }

    @Override
    public int patience() {
        return Math.max(64, steps);
    }
}
