package io.palimpsest.diffusion.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeometricNoiseTest {

    private final GeometricNoise noise = new GeometricNoise(0.5, 60);

    @Test
    void it_grows_from_the_least_to_the_most_and_in_between_by_one_factor() {
        assertThat(noise.sigma(0)).isEqualTo(0.5);
        assertThat(noise.sigma(1)).isCloseTo(60, within(1e-9));
        assertThat(noise.sigma(0.5)).isCloseTo(Math.sqrt(0.5 * 60), within(1e-9));
        for (double t = 0; t < 1; t += 0.1) {
            assertThat(noise.alphaBar(t + 0.1)).isLessThan(noise.alphaBar(t));
        }
    }

    @Test
    void a_process_that_visits_some_times_has_their_shares_of_the_signal() {
        List<Double> times = List.of(0.1, 0.2, 0.7, 1.0);
        GaussianProcess process = noise.process(times);
        for (int i = 0; i < times.size(); i++) {
            assertThat(process.alphaBar(i)).isCloseTo(noise.alphaBar(times.get(i)), within(1e-12));
        }
    }

    @Test
    void what_has_variance_one_keeps_it() {
        try (Scope memory = Scope.inference()) {
            double[] times = {0.3, 0.6};
            Tensor x0 = Tensor.randn(Seed.of(1), 2, 500, 8);
            Tensor x = noise.diffuse(x0, Tensor.randn(Seed.of(2), 2, 500, 8), times);
            for (int row = 0; row < 2; row++) {
                assertThat(x.select(0, row).square().mean().item()).isCloseTo(1, within(0.1));
                double kept = x.select(0, row).mul(x0.select(0, row)).mean().item();
                assertThat(kept).isCloseTo(Math.sqrt(noise.alphaBar(times[row])), within(0.05));
            }
        }
    }

    @Test
    void noise_that_does_not_grow_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GeometricNoise(2, 1))
                .withMessageContaining("2.0 to 1.0");
    }
}
