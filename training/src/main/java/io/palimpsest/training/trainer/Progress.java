package io.palimpsest.training.trainer;

import io.palimpsest.training.objective.Loss;
import io.palimpsest.training.objective.MaskedNextToken;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How far a run has come. With the parameters and the optimiser's state it makes the next step what it would have been
 * without an interruption.
 *
 * @param step the steps made; the position in the data follows from it
 * @param targets the tokens predicted so far
 * @param meanLoss the loss, averaged with exponentially falling weights
 * @param hits correct predictions by offset since the last report
 * @param tries predictions by offset since the last report
 */
record Progress(int step, long targets, double meanLoss, int[] hits, int[] tries) {

    private static final double MEMORY = 0.97;

    static Progress start() {
        return new Progress(0, 0, 0, new int[MaskedNextToken.OFFSETS + 1], new int[MaskedNextToken.OFFSETS + 1]);
    }

    /** After one more step over the given batches, whose mean loss is {@code loss}. */
    Progress after(double loss, Iterable<Loss> batches) {
        long seen = targets;
        int[] right = hits.clone();
        int[] tried = tries.clone();
        for (Loss batch : batches) {
            seen += batch.targets();
            add(right, batch.hits());
            add(tried, batch.tries());
        }
        double mean = step == 0 ? loss : MEMORY * meanLoss + (1 - MEMORY) * loss;
        return new Progress(step + 1, seen, mean, right, tried);
    }

    Progress reported() {
        return new Progress(step, targets, meanLoss, new int[hits.length], new int[tries.length]);
    }

    double[] accuracy() {
        return accuracy(hits, tries);
    }

    /** The share of correct predictions at offsets 1 and up; NaN where nothing was tried. */
    static double[] accuracy(int[] hits, int[] tries) {
        double[] shares = new double[hits.length - 1];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = hits[i + 1] / (double) tries[i + 1];
        }
        return shares;
    }

    static void add(int[] sum, int[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    Map<String, String> metadata() {
        Map<String, String> out = new LinkedHashMap<>();
        out.put("step", String.valueOf(step));
        out.put("targets", String.valueOf(targets));
        out.put("mean_loss", String.valueOf(meanLoss));
        out.put("hits", joined(hits));
        out.put("tries", joined(tries));
        return out;
    }

    static Progress of(Map<String, String> metadata) {
        return new Progress(
                Integer.parseInt(text(metadata, "step")),
                Long.parseLong(text(metadata, "targets")),
                Double.parseDouble(text(metadata, "mean_loss")),
                numbers(text(metadata, "hits")),
                numbers(text(metadata, "tries")));
    }

    private static String text(Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null) {
            throw new NumberFormatException("'" + key + "' is missing");
        }
        return value;
    }

    private static String joined(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining(" "));
    }

    private static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }
}
