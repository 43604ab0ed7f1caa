package io.palimpsest.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearTest {

    @ParameterizedTest
    @CsvSource({"FP32, 0, 1e-5", "FP32, 2, 1e-5", "FP32, 5, 1e-5", "INT8, 0, 0.3", "INT8, 2, 0.3", "INT8, 5, 0.3"})
    void stacked_factors_are_the_base_map_and_a_low_rank_one_from_the_first_adapted_row_on(
            Precision precision, long firstAdapted, float tolerance) {
        try (Scope memory = Scope.inference()) {
            Tensor w = Tensor.randn(Seed.of(1), 24, 40);
            Tensor a = Tensor.randn(Seed.of(2), 8, 40).mul(0.1);
            Tensor b = Tensor.randn(Seed.of(3), 24, 8);
            Tensor x = Tensor.randn(Seed.of(4), 5, 40);
            Linear stacked = new Linear.Stacked(precision.linear(Tensor.cat(w, a, 0)), precision.lowRank(b), w.size(0));
            Linear apart = new Linear.LowRank(new Linear.Dense(w), new Linear.Dense(a), new Linear.Dense(b), 1);
            assertThat(stacked.forward(x, firstAdapted).toFloats())
                    .containsExactly(apart.forward(x, firstAdapted).toFloats(), within(tolerance));
        }
    }
}
