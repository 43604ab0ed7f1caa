package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * Normal noise in continuous time whose deviation beside a signal of variance 1 grows geometrically (arXiv:2011.13456, kept at
 * variance 1 as in arXiv:2206.00364):
 *
 * <pre>σ(t) = least^(1-t) · most^t, ᾱ(t) = 1 / (1 + σ(t)²), x_t = √ᾱ x₀ + √(1 - ᾱ) ε</pre>
 *
 * @param least the deviation at time 0, where words must still be told apart
 * @param most the deviation at time 1, where nothing must be left of them
 */
public record GeometricNoise(double least, double most) {

    /** Networks are told times as if there had been this many steps. */
    private static final double TOLD_STEPS = 1000;

    public GeometricNoise {
        if (!(least > 0) || !(most > least) || Double.isInfinite(most)) {
            throw new IllegalArgumentException(
                    "the deviation of noise must grow from above 0; got " + least + " to " + most);
        }
    }

    /** The noise's deviation beside a signal of variance 1. */
    public double sigma(double t) {
        return least * Math.pow(most / least, t);
    }

    /** ᾱ: the signal's share of the variance. */
    public double alphaBar(double t) {
        return 1 / (1 + sigma(t) * sigma(t));
    }

    /** What a network is told of time {@code t}. */
    public double told(double t) {
        return TOLD_STEPS * t;
    }

    /** The same for one time a text. */
    public Tensor told(double[] times) { // -> (B)
        return column(times, this::told).reshape(-1);
    }

    /** x_t of clean embeddings, each text at a time of its own. */
    public Tensor diffuse(Tensor x0, Tensor noise, double[] times) { // (B, T, C) x 2 -> (B, T, C)
        return x0.mul(column(times, t -> Math.sqrt(alphaBar(t))))
                .add(noise.mul(column(times, t -> Math.sqrt(1 - alphaBar(t)))));
    }

    /** The process that visits {@code times}, which rise from near 0 to near 1. */
    public GaussianProcess process(List<Double> times) {
        double[] betas = new double[times.size()];
        double before = 1;
        for (int i = 0; i < betas.length; i++) {
            double after = alphaBar(times.get(i));
            betas[i] = 1 - after / before;
            before = after;
        }
        return GaussianProcess.of(betas);
    }

    private static Tensor column(double[] times, DoubleUnaryOperator table) { // -> (B, 1, 1)
        double[] column = Arrays.stream(times).map(table).toArray();
        return Tensor.of(column, column.length, 1, 1).toFloat();
    }
}
