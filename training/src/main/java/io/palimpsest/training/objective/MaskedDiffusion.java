package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Masked diffusion in continuous time: hide tokens at a random time, predict them from the rest.
 *
 * <pre>L = E over t of w(t) · Σ over hidden i of -log p(x_i | x_t), w(t) = -α'(t) / (1 - α(t))</pre>
 *
 * <p>This is the negative evidence lower bound of MDLM (arXiv:2406.07524), in nats a token, whatever the
 * schedule. Variants are other parts: {@link #likelihood} is the bound with times of low variance, {@link #fineTuning} is
 * LLaDA's supervised loss. Tokens before an example's start are never hidden, so that an answer is learnt given its prompt.
 *
 * @param mask the id that stands at hidden positions
 * @param masking which tokens are hidden
 * @param times when
 * @param weighting what each counts for
 * @param perText whether all texts count alike, and not all tokens
 */
public record MaskedDiffusion(
        TimedNetwork network, int mask, Masking masking, Times times, Weighting weighting, boolean perText)
        implements Objective {

    /** No text is noised at an earlier time: a weight of 1/t would grow without bound (MDLM's sampling_eps). */
    public static final double EARLIEST = 1e-3;

    /** The likelihood bound under {@code schedule}, with antithetic times (MDLM; LLaDA's pre-training where it is linear). */
    public static MaskedDiffusion likelihood(TimedNetwork network, int mask, NoiseSchedule schedule) {
        return new MaskedDiffusion(
                network, mask, new Masking.Alike(schedule), Times.antithetic(EARLIEST), Weighting.bound(), false);
    }

    /** Answers given their prompts, each answer counting alike (LLaDA, arXiv:2502.09992). */
    public static MaskedDiffusion fineTuning(TimedNetwork network, int mask) {
        return new MaskedDiffusion(
                network,
                mask,
                new Masking.Alike(NoiseSchedule.linear()),
                Times.uniform(EARLIEST),
                Weighting.bound(),
                true);
    }

    @Override
    public Objective after(double share) {
        return new MaskedDiffusion(network, mask, masking.after(share), times, weighting, perText);
    }

    @Override
    public double[] memory() {
        return times.memory();
    }

    @Override
    public void remember(double[] memory) {
        times.remember(memory);
    }

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        return loss(Noised.draw(Texts.pack(batch), masking, times, seed));
    }

    Loss loss(Noised noised) {
        Targets targets = noised.targets(weighting, perText);
        int learnt = noised.texts().learnt();
        if (targets.isEmpty()) {
            return Loss.none(learnt);
        }
        Tensor nats = targets.nats(targets.logits(logits(noised), mask)); // (K)
        observe(noised, targets, nats);
        return targets.loss(nats, learnt);
    }

    Tensor logits(Noised noised) { // -> (B, T, V)
        Texts texts = noised.texts();
        return network.logits(noised.ids(mask), sigma(noised.times()), texts.positions(), texts.attendAll());
    }

    /** What networks are told of the times of rows. */
    static Tensor sigma(List<Times.Time> times) { // -> (B)
        return sigmaAt(times.stream().mapToDouble(Times.Time::t).toArray());
    }

    /** What networks are told of time t: the total noise of the log-linear schedule, as MDLM's are. */
    static Tensor sigmaAt(double[] times) { // -> (B)
        NoiseSchedule told = new NoiseSchedule.LogLinear(EARLIEST);
        float[] sigma = new float[times.length];
        for (int i = 0; i < sigma.length; i++) {
            sigma[i] = (float) told.sigma(times[i]);
        }
        return Tensor.of(sigma);
    }

    /** Tells the times how hard each row was. */
    private void observe(Noised noised, Targets targets, Tensor nats) {
        double[] values = nats.detach().toDoubles();
        double[] sums = new double[noised.texts().rows()];
        int[] counts = new int[sums.length];
        for (int i = 0; i < values.length; i++) {
            int row = targets.row(i) / noised.texts().length();
            sums[row] += values[i];
            counts[row]++;
        }
        for (int row = 0; row < sums.length; row++) {
            if (counts[row] > 0) {
                times.observe(noised.times().get(row).t(), sums[row] / counts[row]);
            }
        }
    }
}
