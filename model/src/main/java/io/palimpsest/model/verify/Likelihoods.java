package io.palimpsest.model.verify;

import io.palimpsest.diffusion.likelihood.Substitution;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Recorded likelihoods and losses, with the noise that was drawn for them. */
final class Likelihoods {

    /** MDLM's own schedule. */
    static final NoiseSchedule SCHEDULE = new NoiseSchedule.LogLinear(1e-3);

    /** Later times count as this one in MDLM's bound over discrete steps. */
    private static final double LATEST = 1 - 1e-4;

    private Likelihoods() {}

    /**
     * LLaDA's Monte-Carlo bound on log p(answer | prompt) (arXiv:2502.09992): for each noised text the cross entropies of its
     * hidden tokens over the share of tokens that were hidden.
     */
    static void bound(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int mask = test.integer("mask_id", subject.maskId());
        int[] prompt = test.ints("prompt");
        int[] answer = test.ints(test.oneOf("answer", "target", "completion", "continuation"));
        int[] clean = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, clean, prompt.length, answer.length);
        int[][] noised = test.rows(
                test.oneOf("perturbed", "perturbed_seq", "perturbed_seqs", "perturbed_ids", "noisy", "noised", "xt"));
        float[] shares = test.floats(test.oneOf("p_mask", "p_masks", "mask_ratio"));
        int perShare = noised.length * clean.length / shares.length;
        int[] promptless = new int[clean.length];
        double sum = 0;
        for (int i = 0; i < noised.length; i++) {
            System.arraycopy(noised[i], 0, promptless, 0, clean.length);
            Arrays.fill(promptless, 0, prompt.length, mask);
            Tensor p = guided(subject.model().network(), test, noised[i], promptless)
                    .logSoftmax(-1); // (T, V)
            float[] own = p.gather(1, Tensor.ids(clean).unsqueeze(1)).toFloats();
            for (int j = 0; j < clean.length; j++) {
                sum += noised[i][j] == mask ? own[j] / shares[(i * clean.length + j) / perShare] : 0;
            }
        }
        comparison.number("log_likelihood", sum / noised.length, expected(test));
    }

    private static double expected(RecordedTest test) {
        for (String role : new String[] {"log_likelihood", "loglikelihood", "value", "ll", "result"}) {
            if (test.has(role)) {
                return test.tensor(role).toDoubles()[0];
            }
            if (test.values().containsKey(role)) {
                return test.value(role).asDouble();
            }
        }
        throw new UnsupportedTestException("it records no log likelihood");
    }

    private static Tensor guided(CanvasNetwork network, RecordedTest test, int[] with, int[] without) { // -> (T, V)
        double scale = test.number("cfg_scale", 0);
        Tensor logits = logits(network, with);
        if (scale <= 0) {
            return logits;
        }
        Tensor un = logits(network, without);
        return un.add(logits.sub(un).mul(scale + 1));
    }

    private static Tensor logits(CanvasNetwork network, int[] ids) {
        return network.logits(Tensor.ids(ids, 1, ids.length), Ids.positions(1, ids.length), Attend.all(ids.length))
                .select(0, 0);
    }

    /** log p(x₀ | x_t) as MDLM's code has it. */
    static void logProbabilities(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int[][] ids = test.rows("input_ids");
        Tensor logits = logits(dit(subject), ids, test.tensor("sigma").toFloat().reshape(-1));
        comparison.floats("log_p_x0", substituted(logits, ids, subject.maskId()));
    }

    private static Tensor logits(Dit network, int[][] ids, Tensor sigma) { // -> (B, T, V)
        int length = ids[0].length;
        return network.logits(Ids.tensor(ids), sigma, Ids.positions(ids.length, length), Attend.all(length));
    }

    /** p(x₀ | x_t) of one noised text. */
    static Tensor probabilities(Dit network, int[] noised, double sigma, int mask) { // -> (T, V)
        int[][] ids = {noised};
        return substituted(logits(network, ids, Tensor.full(sigma, 1)), ids, mask)
                .exp()
                .select(0, 0);
    }

    static Tensor substituted(Tensor logits, int[][] ids, int mask) { // (B, T, V) -> (B, T, V)
        return Substitution.logProbabilities(logits, Ids.tensor(ids), mask);
    }

    static Dit dit(Replay.Subject subject) {
        if (subject.model().network() instanceof Dit dit) {
            return dit;
        }
        throw new UnsupportedTestException("there is no such loss for this family");
    }

    /** The negative evidence lower bound, token by token: of MDLM, or of BD3-LM (arXiv:2503.09573). */
    static void loss(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Noised noised = Noised.of(subject, test);
        float[] losses = noised.losses(subject, test);
        comparison.floats("token_loss", losses, i -> true);
        comparison.number(
                "mean_loss",
                sum(losses, 0, losses.length) / losses.length,
                test.tensor("mean_loss").toDoubles()[0]);
    }

    /**
     * The same bound in the second form, whatever is recorded of it: token by token, text by text, or as one number. A number
     * may be a mean over tokens or a sum over a text; BD3-LM's leaves out the first token, which begins the text.
     */
    static void nelbo(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Noised noised = Noised.of(subject, test);
        float[] losses = noised.losses(subject, test);
        int length = noised.clean[0].length;
        int skipped = noised.blocks ? 1 : 0;
        for (String role : test.outputs()) {
            compare(role, noised, losses, length, skipped, test, comparison);
        }
        test.values().forEach((role, value) -> {
            if (value.isNumber() && test.node().path("outputs").has(role)) {
                compareNumber(role, losses, length, skipped, value.asDouble(), comparison);
            }
        });
    }

    private static void compare(
            String role,
            Noised noised,
            float[] losses,
            int length,
            int skipped,
            RecordedTest test,
            Comparison comparison) {
        int count = (int) test.tensor(role).numel();
        int texts = losses.length / length;
        switch (role.toLowerCase(Locale.ROOT)) {
            case "xt", "x_t" -> comparison.exact(role, noised.noised, test.rows(role));
            case "sigma" -> comparison.floats(role, floats(noised.times, SCHEDULE::sigma), i -> true);
            case "dsigma" ->
                comparison.floats(role, floats(noised.times, t -> SCHEDULE.rate(t) / SCHEDULE.alpha(t)), i -> true);
            case "move_chance" -> comparison.floats(role, floats(noised.times, SCHEDULE::hidden), i -> true);
            default -> {
                if (count == 1) {
                    compareNumber(
                            role, losses, length, skipped, test.tensor(role).toDoubles()[0], comparison);
                } else if (count == losses.length) {
                    comparison.floats(role, losses, i -> i % length >= skipped);
                } else if (count == texts) {
                    compareTexts(
                            role, losses, length, skipped, test.tensor(role).toDoubles(), comparison);
                } else {
                    throw new UnsupportedTestException("what '" + role + "' holds is not known");
                }
            }
        }
    }

    private static float[] floats(double[] times, DoubleUnaryOperator of) {
        float[] values = new float[times.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) of.applyAsDouble(times[i]);
        }
        return values;
    }

    private static void compareTexts(
            String role, float[] losses, int length, int skipped, double[] expected, Comparison comparison) {
        double[] sums = IntStream.range(0, expected.length)
                .mapToDouble(i -> sum(losses, i * length + skipped, (i + 1) * length))
                .toArray();
        double[] means =
                DoubleStream.of(sums).map(sum -> sum / (length - skipped)).toArray();
        boolean isSum = Math.abs(sums[0] - expected[0]) < Math.abs(means[0] - expected[0]);
        comparison.numbers(role, isSum ? sums : means, expected, i -> true);
    }

    private static void compareNumber(
            String role, float[] losses, int length, int skipped, double expected, Comparison comparison) {
        int texts = losses.length / length;
        double all = IntStream.range(0, texts)
                .mapToDouble(i -> sum(losses, i * length + skipped, (i + 1) * length))
                .sum();
        double perText = all / texts;
        double perToken = perText / (length - skipped);
        double got = List.of(perToken, perText, all).stream()
                .min(Comparator.comparingDouble(value -> Math.abs(value - expected)))
                .orElseThrow();
        comparison.number(role, got, expected);
    }

    private static double sum(float[] values, int from, int to) {
        return IntStream.range(from, to).mapToDouble(i -> values[i]).sum();
    }

    /**
     * Texts, what was hidden of them, and when.
     *
     * @param times one for each text, or one for each token
     * @param blocks whether BD3-LM's bound is meant, whose times are one for each block
     */
    private record Noised(int[][] clean, int[][] noised, double[] times, boolean blocks) {

        static Noised of(Replay.Subject subject, RecordedTest test) {
            boolean blocks = subject.fixture().family().equals("bd3lm");
            double[] times = times(test);
            int[][] given = test.rows(test.oneOf("x0", "input_ids", "ids", "tokens", "x_start", "clean"));
            Optional<String> recorded = test.find("xt", "x_t", "noised", "noisy", "perturbed", "perturbed_ids");
            int[][] noised = recorded.isPresent()
                    ? test.rows(recorded.get())
                    : hidden(given, times, blocks, test, subject.maskId());
            int[][] clean = IntStream.range(0, noised.length)
                    .mapToObj(i -> given[i % given.length])
                    .toArray(int[][]::new);
            return new Noised(clean, noised, times, blocks);
        }

        private static double[] times(RecordedTest test) {
            Optional<String> role = test.find("t", "timesteps", "times", "time");
            if (role.isPresent()) {
                return test.tensor(role.get()).toDoubles();
            }
            double[] sigma = test.tensor("sigma").toDoubles();
            return DoubleStream.of(sigma)
                    .map(s -> -Math.expm1(-s) / SCHEDULE.hidden(1))
                    .toArray();
        }

        /** A token is hidden where its uniform number is below the share of hidden tokens. */
        private static int[][] hidden(int[][] clean, double[] times, boolean blocks, RecordedTest test, int mask) {
            float[] uniform = test.floats(
                    test.oneOf("uniform", "uniforms", "move_uniform", "mask_uniform", "u", "rand", "noise"));
            int length = clean[0].length;
            int perTime = uniform.length / times.length;
            int[][] noised = new int[uniform.length / length][];
            for (int i = 0; i < noised.length; i++) {
                noised[i] = clean[i % clean.length].clone();
                for (int j = blocks ? 1 : 0; j < length; j++) {
                    double time = times[(i * length + j) / perTime];
                    boolean hides = uniform[i * length + j] < (blocks ? time : SCHEDULE.hidden(time));
                    noised[i][j] = hides ? mask : noised[i][j];
                }
            }
            return noised;
        }

        /** The bound's share of each token. */
        float[] losses(Replay.Subject subject, RecordedTest test) {
            int length = clean[0].length;
            Tensor logits = blocks ? trained(subject, test) : Likelihoods.logits(dit(subject), noised, sigma(test));
            Tensor p = substituted(logits, noised, subject.maskId());
            float[] surprises = Substitution.surprises(p, Ids.tensor(clean)).toFloats();
            int perTime = surprises.length / times.length;
            for (int i = 0; i < surprises.length; i++) {
                boolean isHidden = noised[i / length][i % length] == subject.maskId();
                surprises[i] = isHidden ? (float) (surprises[i] * weight(times[i / perTime], test)) : 0;
            }
            return surprises;
        }

        private Tensor sigma(RecordedTest test) { // -> (B)
            return test.has("sigma")
                    ? test.tensor("sigma").toFloat().reshape(-1)
                    : perText(i -> SCHEDULE.sigma(times[i * times.length / noised.length]));
        }

        private Tensor perText(IntToDoubleFunction value) {
            float[] values = new float[noised.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) value.applyAsDouble(i);
            }
            return Tensor.of(values);
        }

        private double weight(double time, RecordedTest test) {
            if (blocks) {
                return NoiseSchedule.linear().weight(time);
            }
            return test.integer("T", 0) > 0 ? 1 / Math.min(time, LATEST) : SCHEDULE.weight(time);
        }

        /** BD3-LM's training pass: a noised block sees itself and the clean text before it. */
        private Tensor trained(Replay.Subject subject, RecordedTest test) {
            Tensor first = perText(i ->
                    Math.min(NoiseSchedule.linear().sigma(times[i * times.length / noised.length]), SCHEDULE.sigma(1)));
            int[][] both = BlockModes.beside(noised, clean);
            return BlockModes.trained(dit(subject), both, BlockModes.length(subject, test), first);
        }
    }
}
