package io.palimpsest.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {

    /** Computed in doubles by the paper's algorithm 2, written out for one number and f(x) = (x - 3)². */
    @Test
    void it_follows_the_paper_number_by_number() {
        AdamW.Settings s = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1e9);
        Tensor x = Scope.keeping(() -> Tensor.ones(1)).requireGrad();
        double expected = 1;
        double mean = 0;
        double square = 0;
        try (AdamW optimiser = new AdamW(Map.of("x", x), s)) {
            for (int t = 1; t <= 25; t++) {
                double g = 2 * (expected - 3);
                mean = 0.9 * mean + 0.1 * g;
                square = 0.95 * square + 0.05 * g * g;
                double step = (mean / (1 - Math.pow(0.9, t))) / (Math.sqrt(square / (1 - Math.pow(0.95, t))) + 1e-8);
                expected = expected - 0.05 * 0.1 * expected - 0.05 * step;
                try (Scope memory = Scope.training()) {
                    x.sub(3).square().sum().backward();
                }
                optimiser.step(0.05);
                assertThat((double) x.toFloats()[0]).as("step " + t).isCloseTo(expected, within(1e-4));
            }
        }
    }

    @Test
    void gradients_longer_than_the_clip_are_scaled_down_together() {
        Tensor a = Scope.keeping(() -> Tensor.ones(1)).requireGrad();
        Tensor b = Scope.keeping(() -> Tensor.ones(1)).requireGrad();
        try (AdamW optimiser = new AdamW(Map.of("a", a, "b", b), new AdamW.Settings(0.9, 0.95, 1e-8, 0, 1))) {
            try (Scope memory = Scope.training()) {
                a.mul(3).add(b.mul(4)).sum().backward();
            }
            assertThat(optimiser.step(0)).isCloseTo(5, within(1e-6));
            assertThat(optimiser.state().get("mean.a"))
                    .satisfies(mean -> assertThat((double) mean.toFloats()[0]).isCloseTo(0.06, within(1e-6)));
            assertThat(optimiser.state().get("mean.b"))
                    .satisfies(mean -> assertThat((double) mean.toFloats()[0]).isCloseTo(0.08, within(1e-6)));
            assertThat(a.hasGrad()).isFalse();
        }
    }
}
