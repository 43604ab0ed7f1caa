package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.ReplacementNoise;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HybridDiffusionTest {

    private static final int TOKENS = 3;
    private static final int MASK = TOKENS;
    private static final double[] DATA = {0.6, 0.3, 0.1};
    private static final double ENTROPY = IntStream.range(0, TOKENS)
            .mapToDouble(x -> -DATA[x] * Math.log(DATA[x]))
            .sum();

    static Stream<ReplacementNoise> noises() {
        return Stream.of(
                new ReplacementNoise.Uniform(NoiseSchedule.linear(), TOKENS),
                new ReplacementNoise.Uniform(new NoiseSchedule.Cosine(), TOKENS),
                new ReplacementNoise.Hybrid(TOKENS, 0),
                new ReplacementNoise.Hybrid(TOKENS, 0.1),
                new ReplacementNoise.Hybrid(TOKENS, 0.4));
    }

    /** One token, drawn from a known distribution, and a network that gives it: ratios of marginals are then exact. */
    @ParameterizedTest
    @MethodSource("noises")
    void the_bound_of_the_perfect_network_is_the_entropy_of_the_text(ReplacementNoise noise) {
        assertThat(expected(noise, 1)).isCloseTo(ENTROPY, within(0.004));
    }

    @ParameterizedTest
    @MethodSource("noises")
    void a_worse_network_has_a_higher_bound(ReplacementNoise noise) {
        assertThat(expected(noise, 0.5)).isGreaterThan(ENTROPY + 0.02);
        assertThat(expected(noise, 2)).isGreaterThan(ENTROPY + 0.02);
    }

    /** The loss averaged over the text, what became of it, and many times, of a network that sharpens the distribution. */
    private static double expected(ReplacementNoise noise, double sharpness) {
        int steps = 4000;
        List<Times.Time> times = IntStream.range(0, steps)
                .mapToObj(i -> Math.PI * (i + 0.5)
                        / steps) // dense at both ends, where hybrid noise moves as fast as 1/sqrt(t)
                .map(u -> new Times.Time((1 - Math.cos(u)) / 2, Math.PI / 2 * Math.sin(u)))
                .toList();
        double sum = 0;
        for (int z = 0; z <= MASK; z++) {
            int seen = z;
            for (int x = 0; x < TOKENS; x++) {
                int text = x;
                if (chance(noise, 0.5, seen, text) == 0) {
                    continue;
                }
                try (Scope memory = Scope.inference()) {
                    List<Times.Time> weighted = times.stream()
                            .map(time -> new Times.Time(
                                    time.t(), time.weight() * DATA[text] * chance(noise, time.t(), seen, text)))
                            .toList();
                    HybridDiffusion objective = new HybridDiffusion(
                            (ids, sigma, at, attend) -> prior(steps, sharpness), MASK, noise, unused());
                    Texts texts = Texts.pack(Collections.nCopies(steps, new Example(new int[] {0, x}, 1)));
                    int[] ids = IntStream.range(0, 2 * steps)
                            .map(i -> i % 2 == 0 ? 0 : seen)
                            .toArray();
                    sum += objective.loss(texts, ids, weighted).value().item();
                }
            }
        }
        return sum;
    }

    private static Times unused() {
        return Times.uniform(0);
    }

    /** q_t(z|x). */
    private static double chance(ReplacementNoise noise, double t, int z, int x) {
        ReplacementNoise.Marginal m = noise.at(t);
        return z == MASK ? m.mask() : m.each() + (z == x ? m.alpha() : 0);
    }

    /** The logarithm of the text's distribution, times {@code sharpness}, for {@code count} texts of two tokens. */
    private static Tensor prior(int count, double sharpness) {
        double[] logits = new double[count * 2 * (TOKENS + 1)];
        for (int i = 0; i < logits.length; i++) {
            int x = i % (TOKENS + 1);
            logits[i] = x < TOKENS ? sharpness * Math.log(DATA[x]) : 0;
        }
        return Tensor.of(logits, count, 2, TOKENS + 1);
    }

    @Test
    void under_masks_alone_it_is_masked_diffusion() {
        Example text = new Example(new int[] {0, 1, 2, 0, 1}, 1);
        TimedNetwork network = (ids, sigma, at, attend) ->
                Tensor.randn(Seed.of(3), ids.size(0), ids.size(1), TOKENS + 1).to(DType.F64);
        List<Times.Time> times = List.of(new Times.Time(0.3, 1));
        boolean[] hidden = {false, true, false, false, true};
        float weight = (float) (1 / 0.3);
        try (Scope memory = Scope.inference()) {
            Texts texts = Texts.pack(List.of(text));
            Noised noised = new Noised(texts, hidden, new float[] {weight, weight, weight, weight, weight}, times);
            double masked = MaskedDiffusion.likelihood(network, MASK, NoiseSchedule.linear())
                    .loss(noised)
                    .value()
                    .item();
            double hybrid = new HybridDiffusion(network, MASK, new ReplacementNoise.Hybrid(TOKENS, 0), unused())
                    .loss(texts, new int[] {0, MASK, 2, 0, MASK}, times)
                    .value()
                    .item();
            assertThat(hybrid).isCloseTo(masked, within(1e-6));
        }
    }
}
