package io.palimpsest.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplacementNoiseTest {

    private static final int VOCABULARY = 30;

    static Stream<ReplacementNoise> noises() {
        return Stream.of(
                new ReplacementNoise.Uniform(NoiseSchedule.linear(), VOCABULARY),
                new ReplacementNoise.Uniform(new NoiseSchedule.Cosine(), VOCABULARY),
                new ReplacementNoise.Hybrid(VOCABULARY, 0),
                new ReplacementNoise.Hybrid(VOCABULARY, 0.2));
    }

    @ParameterizedTest
    @MethodSource("noises")
    void chances_sum_to_one_and_run_from_text_to_noise(ReplacementNoise noise) {
        for (double t = 0.01; t < 1; t += 0.01) {
            ReplacementNoise.Marginal m = noise.at(t);
            assertThat(m.alpha() + m.mask() + VOCABULARY * m.each()).isCloseTo(1, within(1e-12));
            assertThat(m.maskRate()).isNotNegative();
            assertThat(m.eachRate()).isNotNegative();
        }
        assertThat(noise.at(1e-9).alpha()).isCloseTo(1, within(1e-4));
        assertThat(noise.at(1 - 1e-9).alpha()).isCloseTo(0, within(1e-4));
    }

    @ParameterizedTest
    @MethodSource("noises")
    void rates_are_what_the_change_of_the_marginals_needs(ReplacementNoise noise) {
        for (double t = 0.1; t < 0.95; t += 0.1) {
            ReplacementNoise.Marginal now = noise.at(t);
            ReplacementNoise.Marginal before = noise.at(t - 1e-6);
            ReplacementNoise.Marginal after = noise.at(t + 1e-6);
            double fading = (after.alpha() - before.alpha()) / 2e-6 / now.alpha();
            double mask = (after.mask() - before.mask()) / 2e-6 - fading * now.mask();
            double each = (after.each() - before.each()) / 2e-6 - fading * now.each();
            assertThat(now.maskRate()).isCloseTo(mask, within(1e-5 + 1e-5 * mask));
            assertThat(now.eachRate()).isCloseTo(each, within(1e-5 + 1e-5 * each));
        }
    }

    @Test
    void the_share_swapped_at_half_time_is_the_one_asked_for() {
        assertThat(VOCABULARY
                        * new ReplacementNoise.Hybrid(VOCABULARY, 0.2).at(0.5).each())
                .isCloseTo(0.2, within(1e-12));
    }
}
