package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedProductTest {

    private final int before = Cpu.threads();

    @BeforeEach
    void twoThreads() {
        Cpu.threads(2);
    }

    @AfterEach
    void asBefore() {
        Cpu.threads(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 65, 96})
    void a_shared_product_and_its_gradients_are_those_of_blas(long outputs) {
        List<float[]> alone = productAndGradients(outputs);
        List<float[]> shared = Cpu.withOneTeam(() -> productAndGradients(outputs));
        for (int i = 0; i < alone.size(); i++) {
            assertThat(shared.get(i)).containsExactly(alone.get(i), within(2e-3f));
        }
    }

    private static List<float[]> productAndGradients(long outputs) {
        try (Scope memory = Scope.training()) {
            Tensor x = Tensor.randn(Seed.of(1), 3, 128, 64).requireGrad();
            Tensor weight = Tensor.randn(Seed.of(2), outputs, 64).requireGrad();
            Tensor y = x.linear(weight);
            assertThat(y.shape()).containsExactly(3, 128, outputs);
            y.mul(Tensor.randn(Seed.of(3), 3, 128, outputs)).sum().backward();
            return List.of(y.toFloats(), x.grad().toFloats(), weight.grad().toFloats());
        }
    }

    @Test
    void one_team_is_there_as_long_as_the_work() {
        assertThat(Cpu.hasOneTeam()).isFalse();
        assertThat(Cpu.withOneTeam(Cpu::hasOneTeam)).isTrue();
        assertThat(Cpu.hasOneTeam()).isFalse();
    }

    @Test
    void one_thread_needs_no_team() {
        Cpu.threads(1);
        assertThat(Cpu.withOneTeam(Cpu::hasOneTeam)).isFalse();
    }
}
