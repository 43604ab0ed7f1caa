package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TensorsTest {

    @Test
    void the_norm_is_that_of_all_tensors_together() {
        try (Scope memory = Scope.inference()) {
            Tensor norm = Tensors.norm(List.of(Tensor.full(3, 1), Tensor.full(2, 2, 2)));
            assertThat(norm.item()).isCloseTo(5, within(1e-6));
        }
    }

    @Test
    void the_norm_of_millions_of_elements_is_exact_to_three_digits() {
        try (Scope memory = Scope.inference()) {
            Tensor large = Tensor.randn(Seed.of(1), 8_000_000);
            double exact = Math.sqrt(large.to(DType.F64).square().sum().item());
            assertThat(Tensors.norm(List.of(large)).item()).isCloseTo(exact, within(1e-3 * exact));
        }
    }

    @Test
    void tensors_move_towards_their_ends() {
        try (Scope memory = Scope.inference()) {
            Tensor a = Tensor.ones(2);
            Tensor b = Tensor.zeros(1);
            Tensors.lerp_(List.of(a, b), List.of(Tensor.full(3, 2), Tensor.full(4, 1)), 0.25);
            assertThat(a.toFloats()).containsExactly(1.5f, 1.5f);
            assertThat(b.toFloats()).containsExactly(1);
        }
    }
}
