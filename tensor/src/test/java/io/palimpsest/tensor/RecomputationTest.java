package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecomputationTest {

    private static final int LAYERS = 3;

    /** Layers that share a second input, itself computed from a parameter. */
    private static final class Net {
        private final List<Tensor> parameters = new ArrayList<>();
        private int calls;

        Net() {
            for (int i = 0; i < LAYERS + 2; i++) {
                int number = i;
                parameters.add(
                        Scope.keeping(() -> Tensor.randn(Seed.of(number), 4, 4)).requireGrad());
            }
        }

        Tensor loss() {
            Tensor shared = parameters.get(LAYERS).square();
            Tensor x = parameters.get(LAYERS + 1).tanh();
            for (int i = 0; i < LAYERS; i++) {
                Tensor weight = parameters.get(i);
                x = Recomputation.layer(List.of(x, shared), in -> {
                    calls++;
                    return in.get(0).matmul(weight).add(in.get(1)).tanh();
                });
            }
            return x.square().sum();
        }

        List<float[]> gradients() {
            return parameters.stream().map(p -> p.grad().toFloats()).toList();
        }
    }

    @Test
    void gradients_are_the_same_numbers_with_and_without() {
        Net usual = new Net();
        Net again = new Net();
        try (Scope memory = Scope.training()) {
            usual.loss().backward();
            try (Recomputation recomputation = Recomputation.open()) {
                recomputation.backward(again.loss());
            }
            for (int i = 0; i < LAYERS + 2; i++) {
                assertThat(again.gradients().get(i))
                        .as("parameter %d", i)
                        .containsExactly(usual.gradients().get(i), within(1e-6f));
            }
        }
        assertThat(usual.calls).isEqualTo(LAYERS);
        assertThat(again.calls).as("each layer twice").isEqualTo(2 * LAYERS);
    }

    @Test
    void without_gradients_nothing_is_kept_or_computed_twice() {
        Net net = new Net();
        try (Scope memory = Scope.inference();
                Recomputation recomputation = Recomputation.open()) {
            assertThat(net.loss().item()).isPositive();
        }
        assertThat(net.calls).isEqualTo(LAYERS);
    }

    @Test
    void two_cannot_be_open_at_once() {
        try (Recomputation recomputation = Recomputation.open()) {
            assertThatIllegalStateException().isThrownBy(Recomputation::open);
        }
        Recomputation.open().close();
    }
}
