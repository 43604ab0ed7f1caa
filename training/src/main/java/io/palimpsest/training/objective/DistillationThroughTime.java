package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Teaches a model to do in one step what it did in several: self-distillation through time (SDTT, arXiv:2410.21035).
 *
 * <p>From a noised text the teacher, a frozen copy, makes some ancestral steps. At each hidden token the student is to predict
 * the teacher's distribution at the step that revealed it, which knew more than the noised text says; for what stays hidden,
 * the last one.
 *
 * <pre>L = mean over hidden i of KL(teacher_i ‖ p_i)</pre>
 *
 * @param network the student
 * @param teacher the network that is copied; no gradient reaches it
 * @param steps how many of the teacher's steps become one
 * @param stepSize the time that each of them goes back
 */
public record DistillationThroughTime(
        TimedNetwork network, TimedNetwork teacher, int mask, Times times, int steps, double stepSize)
        implements Objective {

    /** The mask's probability is zero on both sides; these stand for it and its logarithm. */
    private static final double TINY = 1e-30;

    private static final double NEVER = -1e4;

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Masking masking = new Masking.Alike(NoiseSchedule.linear());
        Noised noised = Noised.draw(Texts.pack(batch), masking, times, seed.child(0));
        Targets targets = noised.targets(Weighting.flat(), false);
        if (targets.isEmpty()) {
            return Loss.none(0);
        }
        Tensor taught = Scope.withoutGradients(() -> trajectory(noised, targets, seed.child(1))); // (K, V)
        Tensor logits = targets.logits(of(network).logits(noised), mask);
        Tensor own = logits.logSoftmax(-1).clampMin(NEVER);
        Tensor divergence = taught.mul(taught.clampMin(TINY).log().sub(own)).sum(1); // (K)
        return Loss.of(divergence.mean(), targets.size());
    }

    private MaskedDiffusion of(TimedNetwork any) {
        return MaskedDiffusion.likelihood(any, mask, NoiseSchedule.linear());
    }

    /** The distribution that each target was revealed with, or would be after the last step. */
    private Tensor trajectory(Noised start, Targets targets, Seed seed) { // -> (K, V)
        int[] seen = start.ids(mask).toInts();
        double[] now = start.times().stream().mapToDouble(Times.Time::t).toArray();
        Tensor taught = Tensor.zeros(0);
        boolean[] settled = new boolean[targets.size()];
        for (int step = 0; step < steps; step++) {
            Tensor p = distribution(start.texts(), seen, now, targets);
            taught = step == 0 ? p : keep(taught, p, settled);
            reveal(start.texts(), seen, now, targets, p, settled, seed.child(step));
            for (int row = 0; row < now.length; row++) {
                now[row] = Math.max(0, now[row] - stepSize);
            }
        }
        return taught;
    }

    private Tensor distribution(Texts texts, int[] seen, double[] now, Targets targets) { // -> (K, V)
        Tensor logits = teacher.logits(
                Tensor.ids(seen, texts.rows(), texts.length()),
                MaskedDiffusion.sigmaAt(now),
                texts.positions(),
                texts.attendAll());
        return targets.logits(logits, mask).softmax(-1);
    }

    /** Rows that had settled keep what they were revealed with. */
    private static Tensor keep(Tensor before, Tensor now, boolean[] settled) {
        return Tensor.where(Tensor.of(settled).unsqueeze(1), before, now);
    }

    /** One ancestral step back: a hidden token is revealed with chance (t - s) / t, drawn from the teacher. */
    private void reveal(
            Texts texts, int[] seen, double[] now, Targets targets, Tensor p, boolean[] settled, Seed seed) {
        int vocabulary = (int) p.size(1);
        float[] all = p.toFloats();
        for (int k = 0; k < settled.length; k++) {
            int cell = targets.row(k);
            double t = now[cell / texts.length()];
            Seed own = seed.child(k);
            boolean due = own.uniform() < (t <= stepSize ? 1 : stepSize / t);
            if (!settled[k] && due) {
                settled[k] = true;
                seen[cell] = drawn(all, k * vocabulary, vocabulary, own.uniform());
            }
        }
    }

    private static int drawn(float[] p, int from, int count, double u) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < count; i++) {
            if (p[from + i] > 0) {
                last = i;
                sum += p[from + i];
                if (sum > u) {
                    return i;
                }
            }
        }
        return last;
    }
}
