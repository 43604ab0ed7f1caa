package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** Recorded likelihoods and losses, with the noise that was drawn for them. */
final class Likelihoods {

    /** What MDLM's code writes for a probability of zero. */
    private static final double NEVER = -1e6;

    private Likelihoods() {}

    /**
     * LLaDA's Monte-Carlo bound on log p(answer | prompt) (arXiv:2502.09992): for each noised text the cross entropies of its
     * hidden tokens over the share of tokens that were hidden.
     */
    static void bound(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int mask = test.integer("mask_id", subject.maskId());
        int[] prompt = test.ints("prompt");
        int[] answer = test.ints("answer");
        int[] clean = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, clean, prompt.length, answer.length);
        int[][] noised = test.rows("perturbed");
        int[] promptless = new int[clean.length];
        float[] shares = test.floats("p_mask");
        double sum = 0;
        for (int i = 0; i < noised.length; i++) {
            System.arraycopy(noised[i], 0, promptless, 0, clean.length);
            Arrays.fill(promptless, 0, prompt.length, mask);
            Tensor p = guided(subject.model().network(), test, noised[i], promptless)
                    .logSoftmax(-1); // (T, V)
            float[] own = p.gather(1, Tensor.ids(clean).unsqueeze(1)).toFloats();
            for (int j = 0; j < clean.length; j++) {
                sum += noised[i][j] == mask ? own[j] / shares[i * clean.length + j] : 0;
            }
        }
        comparison.number("log_likelihood", sum / noised.length, expected(test));
    }

    private static double expected(RecordedTest test) {
        for (String role : new String[] {"log_likelihood", "loglikelihood", "value"}) {
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

    /** log p(x₀ | x_t) under SUBS (MDLM, arXiv:2406.07524): no mask is ever clean, what is visible stays as it is. */
    static void logProbabilities(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int[][] ids = test.rows("input_ids");
        Tensor logits = dit(subject)
                .logits(
                        Ids.tensor(ids),
                        test.tensor("sigma").toFloat().reshape(-1),
                        Ids.positions(ids.length, ids[0].length),
                        Attend.all(ids[0].length));
        comparison.floats("log_p_x0", substituted(logits, ids, subject.maskId()));
    }

    static Tensor substituted(Tensor logits, int[][] ids, int mask) { // (B, T, V) -> (B, T, V)
        int vocabulary = (int) logits.size(2);
        float[] bias = new float[vocabulary];
        bias[mask] = (float) NEVER;
        Tensor p = logits.add(Tensor.of(bias)).logSoftmax(-1);
        Tensor at = Ids.tensor(ids).unsqueeze(2); // (B, T, 1)
        Tensor visible = at.eq(mask).logicalNot();
        Tensor own = at.eq(Tensor.arange(0, vocabulary).reshape(1, 1, vocabulary)); // (B, T, V)
        Tensor certain = Tensor.full(NEVER, 1, 1, 1).mul(own.logicalNot().toFloat());
        return Tensor.where(visible, certain, p);
    }

    private static Dit dit(Replay.Subject subject) {
        if (subject.model().network() instanceof Dit dit) {
            return dit;
        }
        throw new UnsupportedTestException("there is no such loss for this family");
    }

    /** The negative evidence lower bound, token by token: of MDLM, or of BD3-LM (arXiv:2503.09573). */
    static void loss(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int[][] clean = test.rows("x0");
        int[][] noised = test.rows("xt");
        int length = clean[0].length;
        boolean blocks = subject.fixture().family().equals("bd3lm");
        Tensor logits = blocks ? trained(subject, test, clean, noised) : plain(subject, test, noised);
        Tensor p = substituted(logits, noised, subject.maskId());
        float[] own = p.gather(2, Ids.tensor(clean).unsqueeze(2)).toFloats(); // (B * T)
        float[] weights = blocks ? inverse(test.floats("t")) : weights(test, length);
        float[] losses = new float[own.length];
        double sum = 0;
        for (int i = 0; i < losses.length; i++) {
            boolean hidden = noised[i / length][i % length] == subject.maskId();
            losses[i] = hidden ? -own[i] * weights[i] : 0;
            sum += losses[i];
        }
        comparison.floats("token_loss", losses, i -> true);
        comparison.number(
                "mean_loss", sum / losses.length, test.tensor("mean_loss").toDoubles()[0]);
    }

    private static Tensor plain(Replay.Subject subject, RecordedTest test, int[][] noised) {
        int length = noised[0].length;
        return dit(subject)
                .logits(
                        Ids.tensor(noised),
                        test.tensor("sigma").toFloat().reshape(-1),
                        Ids.positions(noised.length, length),
                        Attend.all(length));
    }

    private static float[] weights(RecordedTest test, int length) {
        float[] sigma = test.floats("sigma");
        float[] slope = test.floats("dsigma");
        float[] weights = new float[sigma.length * length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (slope[i / length] / Math.expm1(sigma[i / length]));
        }
        return weights;
    }

    private static float[] inverse(float[] t) {
        float[] inverse = new float[t.length];
        for (int i = 0; i < t.length; i++) {
            inverse[i] = 1 / t[i];
        }
        return inverse;
    }

    /** BD3-LM's training pass: a noised block sees itself and the clean text before it. */
    private static Tensor trained(Replay.Subject subject, RecordedTest test, int[][] clean, int[][] noised) {
        int length = clean[0].length;
        int[][] both = new int[clean.length][];
        for (int i = 0; i < both.length; i++) {
            both[i] = Arrays.copyOf(noised[i], 2 * length);
            System.arraycopy(clean[i], 0, both[i], length, length);
        }
        int block = test.integer("block_size", subject.model().config().integer("block_size", 1, 1 << 20, 4));
        Tensor logits = dit(subject)
                .logits(
                        Ids.tensor(both),
                        Tensor.zeros(both.length),
                        Ids.positions(2 * both.length, length),
                        Attend.under(Sight.blockDiffusion(length, block)));
        return logits.narrow(1, 0, length);
    }
}
