package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Ancestral sampling that hides tokens again (ReMDM, arXiv:2503.00307), as two parts of one sampler. Time falls from 1 to 0 in
 * equal steps; from t to s a token is hidden with probability σ, and a hidden one appears with probability
 * (α(s) - (1 - σ) α(t)) / (1 - α(t)), so that as many stand at any time as without.
 *
 * @param steps how many steps there are; each costs a pass
 * @param schedule α and σ of each step
 * @param byConfidence whether σ is shared out: the less sure a token was, the more of it
 */
public record ReMdm(int steps, Schedule schedule, boolean byConfidence) implements Unmasking, Remasking {

    /** What holds from time t to time s. */
    record Interval(double alphaT, double alphaS, double sigma) {

        /** The largest σ that leaves enough tokens standing. */
        static double most(double alphaT, double alphaS) {
            return alphaT > 0 ? Math.min(1, (1 - alphaS) / alphaT) : 1;
        }

        double appears(double ownSigma) {
            return (alphaS - (1 - ownSigma) * alphaT) / (1 - alphaT);
        }
    }

    /** The interval of each step. */
    interface Schedule {
        Interval between(double t, double s);
    }

    public ReMdm {
        if (steps < 1) {
            throw new IllegalArgumentException("remasking needs at least 1 step; got " + steps);
        }
    }

    /** σ is at most {@code eta} (ReMDM-cap). */
    public static ReMdm cap(int steps, double eta) {
        return linear(steps, most -> Math.min(eta, most), false);
    }

    /** σ is {@code eta} of the most there can be (ReMDM-rescale). */
    public static ReMdm rescale(int steps, double eta) {
        return linear(steps, most -> eta * most, false);
    }

    /** σ is the most there can be, shared out by how unsure each token was (ReMDM-conf). */
    public static ReMdm confidence(int steps) {
        return linear(steps, most -> most, true);
    }

    private static ReMdm linear(int steps, DoubleUnaryOperator sigma, boolean byConfidence) {
        return new ReMdm(
                steps,
                (t, s) -> new Interval(1 - t, 1 - s, sigma.applyAsDouble(Interval.most(1 - t, 1 - s))),
                byConfidence);
    }

    /**
     * No token is hidden again until time {@code on}, when the share {@code alpha} of all stands; from then to time {@code off}
     * that share stays and σ is {@code eta}; then the rest appears (ReMDM-loop).
     */
    public static ReMdm loop(int steps, double eta, double on, double off, double alpha) {
        return new ReMdm(
                steps,
                (t, s) -> {
                    if (t > on) {
                        return new Interval((1 - t) * alpha / (1 - on), (1 - s) * alpha / (1 - on), 0);
                    }
                    return t <= off
                            ? new Interval(1 - t * (1 - alpha) / off, 1 - s * (1 - alpha) / off, 0)
                            : new Interval(alpha, alpha, eta);
                },
                false);
    }

    private Interval interval(Step step) {
        double t = 1 - (double) step.inBlock() / steps;
        return schedule.between(t, t - 1.0 / steps);
    }

    private boolean isLast(Step step) {
        return step.inBlock() >= steps - 1;
    }

    @Override
    public int[] choose(Proposals proposals) {
        Step step = proposals.step();
        Interval interval = interval(step);
        double chance = isLast(step) ? 1 : interval.appears(byConfidence ? 0 : interval.sigma());
        return IntStream.range(0, proposals.size())
                .filter(i -> step.uniform(proposals.position(i), Step.Use.UNMASK) < chance)
                .toArray();
    }

    @Override
    public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
        if (isLast(step)) {
            return false;
        }
        int[] older = Remasking.older(canvas, step.block(), written);
        double[] shares = shares(canvas, older);
        double sigma = interval(step).sigma();
        for (int i = 0; i < older.length; i++) {
            if (step.uniform(older[i], Step.Use.REMASK) < sigma * shares[i]) {
                canvas.hide(older[i]);
            }
        }
        return true;
    }

    /** The softmax of how unsure each token was, or 1 for each. */
    private double[] shares(Canvas canvas, int[] positions) {
        double[] weights = Arrays.stream(positions)
                .mapToDouble(p -> byConfidence ? Math.exp(-canvas.confidence(p)) : 1)
                .toArray();
        double sum = byConfidence ? Arrays.stream(weights).sum() : 1;
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    @Override
    public int patience() {
        return steps + 1;
    }
}
