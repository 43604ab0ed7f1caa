package io.palimpsest.model.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SamplerHeadTest {

    private static final int DIM = 4;
    private static final int HIDDEN = 3;

    @Test
    void the_correction_is_a_small_network_over_the_state_and_the_unit_embedding_before() {
        try (Scope memory = Scope.inference()) {
            Tensor in = Tensor.randn(Seed.of(1), HIDDEN, 2 * DIM);
            Tensor out = Tensor.randn(Seed.of(2), DIM, HIDDEN);
            Tensor z = Tensor.randn(Seed.of(3), 1, DIM);
            Tensor previous = Tensor.of(new float[] {2, 2, -2, -2}, 1, DIM); // root mean square 2
            SamplerHead head = new SamplerHead(Linear.dense(in, DType.F32), Linear.dense(out, DType.F32));
            float[] y = head.forward(z, previous).toFloats();
            float[] state = z.toFloats();
            float[] x = {state[0], state[1], state[2], state[3], 1, 1, -1, -1};
            for (int i = 0; i < DIM; i++) {
                double expected = state[i];
                for (int j = 0; j < HIDDEN; j++) {
                    expected += out.toFloats()[i * HIDDEN + j] * silu(row(in.toFloats(), j, x));
                }
                assertThat((double) y[i]).isCloseTo(expected, within(1e-4));
            }
        }
    }

    private static double row(float[] weight, int row, float[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += weight[row * x.length + i] * x[i];
        }
        return sum;
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    @Test
    void a_second_map_of_zeros_changes_nothing_whatever_came_before() {
        try (Scope memory = Scope.inference()) {
            SamplerHead head = new SamplerHead(
                    Linear.dense(Tensor.randn(Seed.of(1), HIDDEN, 2 * DIM), DType.F32),
                    Linear.dense(Tensor.zeros(DIM, HIDDEN), DType.F32));
            Tensor z = Tensor.randn(Seed.of(3), 5, DIM);
            assertThat(head.forward(z, Tensor.randn(Seed.of(4), 5, DIM)).toFloats())
                    .containsExactly(z.toFloats());
        }
    }
}
