package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Makes a model surer of what it already knows, so that it commits more tokens a step (certainty-forcing distillation,
 * dParallel, arXiv:2509.26488).
 *
 * <pre>L = mean over hidden i of -log p(x_i) + β · mean over those predicted rightly of H(p_i)</pre>
 *
 * <p>The texts are to be the model's own, decoded slowly: then what is forced is its own opinion, earlier.
 *
 * @param beta what certainty counts for; the authors use 2
 * @param temperature entropy is taken of the distribution at this temperature; below 1 it weighs the likely tokens
 */
public record CertaintyForcing(
        TimedNetwork network, int mask, Masking masking, Times times, double beta, double temperature)
        implements Objective {

    /** Stands for the logarithm of a probability of zero. */
    private static final double NEVER = -1e4;

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        MaskedDiffusion flat = new MaskedDiffusion(network, mask, masking, times, Weighting.flat(), false);
        Noised noised = Noised.draw(Texts.pack(batch), masking, times, seed);
        Targets targets = noised.targets(Weighting.flat(), false);
        if (targets.isEmpty()) {
            return Loss.none(0);
        }
        Tensor logits = targets.logits(flat.logits(noised), mask); // (K, V)
        Tensor right = rightly(logits.detach(), targets).to(logits.dtype()); // (K)
        double count = Math.max(1, right.sum().item());
        Tensor p = logits.div(temperature).logSoftmax(-1);
        Tensor entropy = p.exp().mul(p.clampMin(NEVER)).sum(1).neg(); // the mask's log-probability is minus infinity
        Tensor certainty = entropy.mul(right).sum().mul(beta / count);
        return Loss.of(targets.nats(logits).mean().add(certainty), targets.size());
    }

    private static Tensor rightly(Tensor logits, Targets targets) { // -> (K)
        int[] guesses = logits.argmax(-1).toInts();
        int[] tokens = targets.tokens().toInts();
        float[] right = new float[guesses.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = guesses[i] == tokens[i] ? 1 : 0;
        }
        return Tensor.of(right);
    }
}
