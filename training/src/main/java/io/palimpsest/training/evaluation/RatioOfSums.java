package io.palimpsest.training.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A sum over texts for each unit of another, such as tokens for each pass or nats for each token, and how far another sample of
 * texts would bring it from here.
 *
 * <p>Standard errors are the delta method's (linearisation; Cochran, Sampling Techniques, 1977, chapter 6): texts are the sample,
 * and what is within a text may hang together as it likes.
 *
 * @param above one value for each text
 * @param below one value for each text
 */
record RatioOfSums(double[] above, double[] below) {

    double value() {
        return sum(above) / sum(below);
    }

    double standardError() {
        return error(influences());
    }

    /** The standard error of this ratio less another one of the same texts' prompts. */
    double standardErrorLess(RatioOfSums other) {
        double[] own = influences();
        double[] others = other.influences();
        return error(IntStream.range(0, own.length)
                .mapToDouble(i -> own[i] - others[i])
                .toArray());
    }

    /** How much each text moves the ratio, to first order. */
    private double[] influences() {
        double ratio = value();
        double whole = sum(below);
        return IntStream.range(0, above.length)
                .mapToDouble(i -> (above[i] - ratio * below[i]) / whole)
                .toArray();
    }

    private static double error(double[] influences) {
        double squares = Arrays.stream(influences).map(x -> x * x).sum();
        int n = influences.length;
        return Math.sqrt(squares * n / Math.max(1, n - 1));
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
