package io.palimpsest.training.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

    @Test
    void one_step_over_many_tensors_is_each_tensor_s_own() {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        for (int i = 0; i < 40; i++) {
            long[] shape = i % 2 == 0 ? new long[] {1 + 7L * i} : new long[] {1 + i, 3};
            Tensor initial = Scope.keeping(() -> Tensor.randn(Seed.of(shape[0]), shape));
            parameters.put("p" + i, initial.requireGrad());
        }
        AdamW.Settings settings = new AdamW.Settings(0.9, 0.95, 1e-15, 0.1, 1);
        try (AdamW together = new AdamW(parameters, settings)) {
            for (int step = 1; step <= 3; step++) {
                Map<String, double[]> before = doubles(parameters);
                try (Scope memory = Scope.training()) {
                    sumOfSquares(parameters).backward();
                }
                double norm = together.step(0.01);
                double expectedNorm = Math.sqrt(before.values().stream()
                        .flatMapToDouble(Arrays::stream)
                        .map(x -> 4 * x * x)
                        .sum());
                assertThat(norm).isCloseTo(expectedNorm, within(1e-5 * expectedNorm));
                if (step == 1) { // where the mean over the root of the square is the gradient's sign
                    doubles(parameters).forEach((name, after) -> {
                        double[] x = requireNonNull(before.get(name));
                        for (int i = 0; i < x.length; i++) {
                            double expected = x[i] * (1 - 0.01 * 0.1) - 0.01 * Math.signum(x[i]);
                            assertThat(after[i]).isCloseTo(expected, within(1e-4));
                        }
                    });
                }
            }
        }
    }

    @Test
    void a_parameter_that_no_gradient_reached_stays() {
        Tensor reached = Scope.keeping(() -> Tensor.ones(2)).requireGrad();
        Tensor apart = Scope.keeping(() -> Tensor.ones(2)).requireGrad();
        try (AdamW optimiser = new AdamW(Map.of("reached", reached, "apart", apart), AdamW.Settings.defaults())) {
            assertThat(optimiser.step(0.1)).isZero();
            try (Scope memory = Scope.training()) {
                reached.square().sum().backward();
            }
            optimiser.step(0.1);
        }
        assertThat(apart.toFloats()).containsExactly(1, 1);
        assertThat(reached.toFloats()[0]).isLessThan(1);
    }

    private static Map<String, double[]> doubles(Map<String, Tensor> tensors) {
        Map<String, double[]> numbers = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> numbers.put(name, tensor.toDoubles()));
        return numbers;
    }

    private static Tensor sumOfSquares(Map<String, Tensor> tensors) {
        return tensors.values().stream()
                .map(tensor -> tensor.square().sum())
                .reduce(Tensor::add)
                .orElseThrow();
    }
}
