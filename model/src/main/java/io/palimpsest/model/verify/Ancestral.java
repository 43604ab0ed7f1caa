package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * MDLM's ancestral sampling (arXiv:2406.07524) with recorded draws: from time t to s a hidden token stays hidden with
 * probability s/t, and otherwise becomes one of p(x₀ | x_t).
 */
final class Ancestral {

    private final RecordedTest test;
    private final Dit network;
    private final int mask;
    private final int length;

    private Ancestral(Replay.Subject subject, RecordedTest test) {
        this.test = test;
        this.mask = subject.maskId();
        this.length = test.integer("length");
        if (!(subject.model().network() instanceof Dit dit)) {
            throw new UnsupportedTestException("there is no such sampler for this family");
        }
        this.network = dit;
    }

    static void run(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        String predictor = test.text("predictor");
        if (!List.of("", "ddpm", "ddpm_cache").contains(predictor)) {
            throw new UnsupportedTestException("its predictor is '" + predictor + "'");
        }
        new Ancestral(subject, test).run(comparison, predictor.equals("ddpm"));
    }

    private void run(Comparison comparison, boolean byNoise) {
        int steps = test.integer("steps");
        double eps = test.number("eps", 1e-5);
        int[] canvas = new int[length];
        Arrays.fill(canvas, mask);
        List<int[]> canvases = new ArrayList<>();
        String role = test.has("uniform") ? "uniform" : "uniforms";
        float[] draws = test.floats(role);
        int drawn = draws.length / steps;
        for (int i = 0; i < steps; i++) {
            canvases.add(canvas.clone());
            double t = 1 + (eps - 1) * i / steps;
            double s = t - (1 - eps) / steps;
            step(
                    canvas,
                    t,
                    s,
                    byNoise ? Likelihoods.SCHEDULE.hidden(1) : 1,
                    Arrays.copyOfRange(draws, i * drawn, (i + 1) * drawn));
        }
        canvases.add(canvas.clone());
        int[] last = test.flag("noise_removal") ? cleaned(canvas, eps) : canvas;
        String output = test.has("output_ids") ? "output_ids" : "sequences";
        comparison.exact(output, last, test.ints(output));
        if (test.has("canvas")) {
            int[][] expected = test.rows("canvas");
            comparison.exact("canvas", canvases.toArray(int[][]::new), Arrays.copyOf(expected, canvases.size()));
        }
    }

    private void step(int[] canvas, double t, double s, double scale, float[] draws) {
        Tensor p = probabilities(canvas, t); // (T, V)
        int vocabulary = (int) p.size(1);
        float[] q = p.mul((t - s) * scale).toFloats();
        for (int position = 0; position < length; position++) {
            q[position * vocabulary + mask] = (float) (s * scale);
        }
        Tensor u = Tensor.of(draws, length, vocabulary);
        Tensor noise = u.add(1e-10).log().neg().add(1e-10);
        int[] sampled = Tensor.of(q, length, vocabulary).div(noise).argmax(-1).toInts();
        for (int position = 0; position < length; position++) {
            canvas[position] = canvas[position] == mask ? sampled[position] : canvas[position];
        }
    }

    private int[] cleaned(int[] canvas, double t) {
        return probabilities(canvas, t).argmax(-1).toInts();
    }

    private Tensor probabilities(int[] canvas, double t) { // -> (T, V)
        return Likelihoods.probabilities(network, canvas, Likelihoods.SCHEDULE.sigma(t), mask);
    }
}
