package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.List;

/**
 * Continuous diffusion on word embeddings that are learnt beside the network (CDCD, arXiv:2211.15089): embeddings of one length are
 * noised at a random time, and the words behind them are told.
 *
 * <pre>
 * L = E over t, ε of the mean over tokens i to be written of -log p(w_i | x_t, x̂, t)
 * x_t = √ᾱ(t) e(w) + √(1 - ᾱ(t)) ε, e(w) = √C · v_w / ‖v_w‖
 * </pre>
 *
 * <p>The prediction of x₀ that sampling needs is the mean embedding under p, and this cross entropy is at once the rounding loss
 * of Diffusion-LM (arXiv:2205.14217): it keeps embeddings apart, which a squared error of x₀ alone does not. With some chance x̂ is the
 * network's own first prediction, through which no gradient flows, and 0 otherwise (self-conditioning, Analog Bits,
 * arXiv:2208.04202). Times are drawn where the loss rises ({@link io.palimpsest.diffusion.noise.TimeWarp}) and, as CDCD has it, not
 * weighted by one over their density: the schedule is part of what is minimised.
 *
 * @param times hear of each text's loss
 * @param padding the token behind a text's end, itself to be told
 * @param selfConditioned the chance of x̂
 */
public record EmbeddingDiffusion(
        WordDenoiser network, GeometricNoise noise, Times times, int padding, double selfConditioned)
        implements Objective {

    private static final int TIMES = 0;
    private static final int NOISE = 1;
    private static final int GIVEN = 2;
    private static final int CONDITIONED = 3;

    public EmbeddingDiffusion {
        if (!(selfConditioned >= 0 && selfConditioned <= 1)) {
            throw new IllegalArgumentException(
                    "the chance of self-conditioning must be within 0..1; got " + selfConditioned);
        }
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
        double[] drawn = times.draw(batch.size(), seed.child(TIMES)).stream()
                .mapToDouble(Times.Time::t)
                .toArray();
        Tensor ids = EqualTexts.ids(batch); // (B, T)
        float[] cells = new GivenParts(padding).draw(batch, seed.child(GIVEN));
        Tensor given = Tensor.of(cells, ids.size(0), ids.size(1), 1);
        Tensor nats = nats(ids, given, drawn, seed); // (B, T), 0 where given
        Tensor written = given.squeeze(2).neg().add(1).sum(1); // (B)
        observe(drawn, nats.detach().sum(1).div(written).toFloats());
        int targets = written(cells);
        return Loss.of(nats.sum().div(targets), targets);
    }

    private Tensor nats(Tensor ids, Tensor given, double[] drawn, Seed seed) { // -> (B, T)
        Tensor told = noise.told(drawn);
        Tensor clean = network.embed(ids); // (B, T, C)
        Tensor noised = noise.diffuse(clean, Tensor.randn(seed.child(NOISE), clean.shape()), drawn);
        Tensor x = noised.add(given.mul(clean.sub(noised)));
        Tensor estimate = seed.child(CONDITIONED).uniform() < selfConditioned
                ? Scope.withoutGradients(() -> estimate(x, given, told))
                : Tensor.zeros(clean.shape());
        Tensor logits = network.logits(x, estimate, given, told); // (B, T, V)
        Tensor own = logits.logSoftmax(-1).gather(2, ids.unsqueeze(2)); // (B, T, 1)
        return own.mul(given.sub(1)).squeeze(2);
    }

    private Tensor estimate(Tensor x, Tensor given, Tensor told) {
        return Scope.returning(() -> network.expected(network.logits(x, Tensor.zeros(x.shape()), given, told)));
    }

    private void observe(double[] drawn, float[] nats) {
        for (int row = 0; row < drawn.length; row++) {
            times.observe(drawn[row], nats[row]);
        }
    }

    private static int written(float[] given) {
        int count = 0;
        for (float cell : given) {
            count += cell == 0 ? 1 : 0;
        }
        return count;
    }
}
