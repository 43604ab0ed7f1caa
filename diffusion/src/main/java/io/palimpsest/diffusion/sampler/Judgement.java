package io.palimpsest.diffusion.sampler;

import io.palimpsest.tensor.Tensor;
import java.util.Optional;

/** How an autoregressive model judges a draft that it would continue from. */
public sealed interface Judgement {

    /**
     * A token that waits for judgement.
     *
     * @param from the distribution it was drawn from (V)
     */
    record Draft(int id, float[] from) {}

    /**
     * What to draw another token from in place of a draft that falls; empty where the draft stands.
     *
     * @param logits the autoregressive model's, of the draft's position and given all before it
     * @param choice how the text's tokens are chosen
     * @param uniform the random number that decides over this draft, where chance does
     */
    Optional<float[]> instead(Draft draft, Tensor logits, TokenChoice choice, double uniform); // (1, V)

    /**
     * The rule of speculative decoding (arXiv:2211.17192): a draft x from distribution q stays with probability
     * min(1, p(x) / q(x)), where p is the model's distribution under the text's temperature and nucleus, and one that falls is
     * replaced by a draw from (p - q)⁺. The text therefore has exactly the distribution of autoregressive sampling. Under
     * greedy choice p and q have one token each, and the same rule gives the same tokens as autoregressive decoding.
     */
    record Exact() implements Judgement {

        @Override
        public Optional<float[]> instead(Draft draft, Tensor logits, TokenChoice choice, double uniform) { // (1, V)
            float[] p = choice.distributions(logits)[0];
            boolean stands = uniform * draft.from[draft.id] < p[draft.id];
            return stands ? Optional.empty() : Optional.of(residual(p, draft.from));
        }

        /** (p - q)⁺; p itself where rounding leaves nothing of it. */
        static float[] residual(float[] p, float[] q) {
            float[] residual = new float[p.length];
            double sum = 0;
            for (int id = 0; id < p.length; id++) {
                residual[id] = p[id] > q[id] ? p[id] - q[id] : 0;
                sum += residual[id];
            }
            return sum > 0 ? residual : p;
        }
    }

    /**
     * Typical acceptance (Medusa, arXiv:2401.10774, section 3.3.1): a draft x stays where
     * p(x) ≥ min(ε, √ε exp(-H(p))), with the model's own distribution p at temperature 1 and its entropy H in nats, and one
     * that falls is replaced by a draw of the text's own choice. Where the model is unsure much is plausible, and the bound
     * falls; it never exceeds the greatest probability, since exp(-H(p)) does not: the likeliest token always stays. Drafts
     * stay at least as often as {@link Exact exactly} judged greedy ones, and the text is no longer the model's own; but no
     * draft surprises the model by more than max(ln 1/ε, ½ ln 1/ε + H(p)) nats.
     *
     * @param epsilon ε, between 0 and 1: the larger, the fewer drafts stay
     */
    record Typical(double epsilon) implements Judgement {

        private static final double LEAST_LOG = -1e4; // 0 ln 0 is 0 in an entropy, and not 0 times infinity

        public Typical {
            if (!(epsilon > 0 && epsilon < 1)) {
                throw new IllegalArgumentException(
                        "the epsilon of typical acceptance must be above 0 and below 1; got " + epsilon);
            }
        }

        @Override
        public Optional<float[]> instead(Draft draft, Tensor logits, TokenChoice choice, double uniform) { // (1, V)
            Tensor logs = logits.toFloat().logSoftmax(-1); // (1, V)
            double p = logs.select(1, draft.id).exp().toDoubles()[0];
            return p >= bound(logs) ? Optional.empty() : Optional.of(choice.distributions(logits)[0]);
        }

        /** The least probability that stays, given the logarithms of all. */
        double bound(Tensor logs) { // (1, V)
            double entropy = -logs.exp().mul(logs.clampMin(LEAST_LOG)).sum().toDoubles()[0];
            return Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy));
        }
    }
}
