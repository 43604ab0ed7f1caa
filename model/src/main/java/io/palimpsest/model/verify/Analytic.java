package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SEDD's analytic sampler (arXiv:2310.16834, section 4.2) as MDLM's code has it, with recorded draws: each step goes back along
 * the ratios of probabilities that the network's answer stands for.
 */
final class Analytic {

    private final Dit network;
    private final int mask;
    private final int[] canvas;
    private final double[] uniform;
    private int drawn;

    private Analytic(Dit network, int mask, int length, double[] uniform) {
        this.network = network;
        this.mask = mask;
        this.canvas = new int[length];
        this.uniform = uniform;
        Arrays.fill(canvas, mask);
    }

    static void run(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int steps = test.integer("steps");
        double eps = test.number("eps", 1e-5);
        double[] uniform = test.tensor(test.oneOf("uniform", "uniforms")).toDoubles();
        Analytic own = new Analytic(Likelihoods.dit(subject), subject.maskId(), test.integer("length"), uniform);
        List<int[]> canvases = new ArrayList<>();
        double width = (1 - eps) / steps;
        for (int i = 0; i < steps; i++) {
            canvases.add(own.canvas.clone());
            double t = 1 - width * i;
            own.step(
                    Likelihoods.SCHEDULE.sigma(t),
                    Likelihoods.SCHEDULE.sigma(t) - Likelihoods.SCHEDULE.sigma(t - width),
                    false);
        }
        canvases.add(own.canvas.clone());
        if (test.flag("noise_removal")) {
            own.step(Likelihoods.SCHEDULE.sigma(eps), Likelihoods.SCHEDULE.sigma(eps), true);
        }
        String output = test.oneOf("sequences", "output_ids");
        comparison.exact(output, own.canvas, test.ints(output));
        if (test.has("canvas")) {
            int[][] expected = test.rows("canvas");
            int count = Math.min(expected.length, canvases.size());
            comparison.exact(
                    "canvas", canvases.subList(0, count).toArray(int[][]::new), Arrays.copyOf(expected, count));
        }
    }

    /** From noise {@code sigma} back by {@code less}; the last step leaves no mask. */
    private void step(double sigma, double less, boolean last) {
        int length = canvas.length;
        Tensor p = Likelihoods.probabilities(network, canvas, sigma, mask); // (T, V)
        int vocabulary = (int) p.size(1);
        double[] all = p.toDoubles();
        double ratio = 1 / Math.expm1(sigma); // of a token's probability at the mask, over p(x₀ | x_t)
        for (int position = 0; position < length; position++) {
            if (canvas[position] == mask) {
                double[] weights = new double[vocabulary];
                double sum = 1;
                for (int i = 0; i < vocabulary; i++) {
                    double score = i == mask ? 1 : all[position * vocabulary + i] * ratio;
                    sum += i == mask ? 0 : score;
                    weights[i] = Math.exp(less) * score * -Math.expm1(-less);
                }
                weights[mask] = last ? 0 : Math.exp(less) + (1 - Math.exp(less)) * sum;
                canvas[position] = Categorical.draw(weights, uniform, drawn + position * vocabulary);
            }
        }
        drawn += length * vocabulary;
    }
}
