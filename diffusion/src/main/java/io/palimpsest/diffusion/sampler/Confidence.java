package io.palimpsest.diffusion.sampler;

import io.palimpsest.tensor.Tensor;
import java.util.Set;

/** How sure a model is of each of its proposals: the larger, the earlier it is committed. */
public interface Confidence {

    /** One score for each proposal. */
    float[] of(Proposals proposals);

    /** The probability of the proposed token (MaskGIT, arXiv:2202.04200; LLaDA, arXiv:2502.09992). */
    static Confidence probability() {
        return Proposals::probabilities;
    }

    /**
     * The probability of the proposed token where {@code ids} have none, so that they come last (LLaDA's {@code
     * confidence_eos_eot_inf}).
     */
    static Confidence probabilityWithout(Set<Integer> ids) {
        return proposals -> {
            float[] bias = new float[(int) proposals.logits().size(1)];
            ids.stream().filter(id -> id < bias.length).forEach(id -> bias[id] = Float.NEGATIVE_INFINITY);
            Tensor p = proposals.logits().add(Tensor.of(bias)).softmax(-1); // (n, V)
            return p.gather(1, Tensor.ids(proposals.ids()).unsqueeze(1)).toFloats();
        };
    }

    /** The likeliest token's lead over the second (arXiv:2502.06768, Dream's {@code topk_margin}). */
    static Confidence margin() {
        return proposals -> {
            Tensor top = proposals.logits().toFloat().softmax(-1).topk(2, -1).values(); // (n, 2)
            return top.select(1, 0).sub(top.select(1, 1)).toFloats();
        };
    }

    /** The negative entropy of the whole distribution, Σ p log p (Dream, arXiv:2508.15487). */
    static Confidence negativeEntropy() {
        return proposals -> {
            Tensor p = proposals.logits().toFloat().softmax(-1); // (n, V)
            return p.mul(p.add(1e-10).log()).sum(-1).toFloats();
        };
    }

    /**
     * This one by chance: the n best are n draws without replacement from the softmax of the scores over {@code temperature}
     * (Dream's {@code alg_temp}, arXiv:2508.15487), by the Gumbel-top-k trick (arXiv:1903.06059).
     */
    default Confidence tempered(double temperature) {
        if (temperature == 0) {
            return this;
        }
        return proposals -> {
            float[] scores = of(proposals);
            for (int i = 0; i < scores.length; i++) {
                double u = proposals.step().uniform(proposals.position(i), Step.Use.ORDER);
                scores[i] = (float) (scores[i] / temperature - Math.log(-Math.log(u)));
            }
            return scores;
        };
    }

    /** Nothing but chance (LLaDA's {@code random} remasking). */
    static Confidence random() {
        return proposals -> {
            float[] scores = new float[proposals.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = (float) proposals.step().uniform(proposals.position(i), Step.Use.ORDER);
            }
            return scores;
        };
    }

    /** The reading order: first positions first. */
    static Confidence leftToRight() {
        return proposals -> {
            float[] scores = new float[proposals.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = -proposals.position(i);
            }
            return scores;
        };
    }
}
