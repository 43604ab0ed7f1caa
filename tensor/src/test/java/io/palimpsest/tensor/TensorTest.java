package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTest {

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 1e-5, 0.1})
    void the_root_mean_square_norm_is_the_same_with_gradients_and_without(double eps) {
        Supplier<Tensor> norm =
                () -> Tensor.randn(Seed.of(1), 3, 70).mul(0.1).rmsNorm(Tensor.randn(Seed.of(2), 70), eps);
        float[] recorded;
        try (Scope memory = Scope.training()) {
            recorded = norm.get().toFloats();
        }
        try (Scope memory = Scope.inference()) {
            assertThat(norm.get().toFloats()).containsExactly(recorded, within(1e-5f));
        }
    }

    @Test
    void the_root_mean_square_norm_leaves_its_input_as_it_is() {
        try (Scope memory = Scope.inference()) {
            Tensor x = Tensor.of(new float[] {3, -4}, 1, 2);
            assertThat(x.rmsNorm(Tensor.ones(2), 0).toFloats())
                    .containsExactly(new float[] {0.84852815f, -1.1313708f}, within(1e-6f));
            assertThat(x.toFloats()).containsExactly(3, -4);
        }
    }

    @Test
    void a_block_is_a_view_also_of_a_view() {
        try (Scope memory = Scope.inference()) {
            Tensor whole = Tensor.arange(0, 20).view(4, 5);
            Tensor block = whole.narrow(1, 1, 4).block(1, 2, 2, 2);
            assertThat(block.toInts()).containsExactly(8, 9, 13, 14);
            block.zero_();
            assertThat(whole.sum().item()).isEqualTo(190 - 8 - 9 - 13 - 14);
        }
    }

    @Test
    void layers_without_gradients_leave_those_around_them_alone() {
        try (Scope memory = Scope.training()) {
            Tensor weight = Tensor.ones(2).requireGrad();
            Tensor constant = Scope.withoutGradients(() -> Scope.returning(() -> weight.mul(3)));
            assertThat(constant.requiresGrad()).isFalse();
            weight.mul(constant).narrow(0, 0, 1).sum().backward();
            assertThat(weight.grad().toFloats()).containsExactly(3, 0);
        }
    }

    @Test
    void cross_entropy_is_minus_the_log_softmax_at_the_class_and_0_for_rows_of_none() {
        try (Scope memory = Scope.training()) {
            Tensor logits = Tensor.randn(Seed.of(8), 3, 5).requireGrad();
            Tensor found = logits.crossEntropy(Tensor.ids(new int[] {4, Tensor.NO_CLASS, 0}));
            float[] all = logits.logSoftmax(-1).toFloats();
            assertThat(found.toFloats()).containsExactly(new float[] {-all[4], 0, -all[10]}, within(1e-6f));
            found.sum().backward();
            assertThat(logits.grad().toFloats()).hasSize(15);
            assertThat(Arrays.copyOfRange(logits.grad().toFloats(), 5, 10)).containsOnly(0);
        }
    }
}
