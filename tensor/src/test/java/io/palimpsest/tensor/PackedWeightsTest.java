package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights packed for FBGEMM's kernels, in 8 and in 16 bits. */
class PackedWeightsTest {

    private static final int INPUTS = 96;
    private static final int OUTPUTS = 200;

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "3, 0", "7, 6", "8, 3", "33, 32", "64, 5"})
    void a_row_gets_the_same_bits_alone_and_beside_others(int rows, int place) {
        try (Scope memory = Scope.inference()) {
            Tensor weight = Tensor.randn(Seed.of(1), OUTPUTS, INPUTS);
            Tensor row = Tensor.randn(Seed.of(2), 1, INPUTS);
            Tensor many = Tensor.randn(Seed.of(3), rows, INPUTS);
            many.narrow(0, place, 1).copy_(row);
            HalfWeight half = HalfWeight.pack(weight);
            Int8Weight eight = Int8Weight.pack(weight);
            Int8Weight fine = Int8Weight.packFine(weight);
            assertThat(half.forward(many).narrow(0, place, 1).toBytes())
                    .isEqualTo(half.forward(row).toBytes());
            assertThat(eight.forward(many).narrow(0, place, 1).toBytes())
                    .isEqualTo(eight.forward(row).toBytes());
            assertThat(fine.forward(many).narrow(0, place, 1).toBytes())
                    .isEqualTo(fine.forward(row).toBytes());
        }
    }

    @Test
    void products_are_as_exact_as_their_bits() {
        try (Scope memory = Scope.inference()) {
            Tensor weight = Tensor.randn(Seed.of(1), OUTPUTS, INPUTS);
            Tensor x = Tensor.randn(Seed.of(2), 5, INPUTS);
            Tensor exact = x.linear(weight);
            assertThat(error(HalfWeight.pack(weight).forward(x), exact)).isLessThan(3e-4);
            assertThat(error(Int8Weight.pack(weight).forward(x), exact)).isLessThan(3e-2);
            assertThat(error(Int8Weight.packFine(weight).forward(x), exact)).isLessThan(1e-2);
        }
    }

    @Test
    void a_row_of_zeros_gives_zeros() {
        try (Scope memory = Scope.inference()) {
            Tensor weight = Tensor.randn(Seed.of(1), OUTPUTS, INPUTS);
            Tensor x = Tensor.zeros(2, INPUTS);
            assertThat(Int8Weight.pack(weight).forward(x).toFloats()).containsOnly(0f);
            assertThat(HalfWeight.pack(weight).forward(x).toFloats()).containsOnly(0f);
        }
    }

    @Test
    void rows_may_be_part_of_a_wider_tensor() {
        try (Scope memory = Scope.inference()) {
            Tensor weight = Tensor.randn(Seed.of(1), OUTPUTS, INPUTS);
            Tensor part = Tensor.randn(Seed.of(2), 4, 3 * INPUTS).block(1, 2, INPUTS, INPUTS);
            assertThat(HalfWeight.pack(weight).forward(part).toBytes())
                    .isEqualTo(HalfWeight.pack(weight).forward(part.copy()).toBytes());
            assertThat(Int8Weight.pack(weight).forward(part).toBytes())
                    .isEqualTo(Int8Weight.pack(weight).forward(part.copy()).toBytes());
        }
    }

    private static double error(Tensor actual, Tensor exact) { // relative, in the Frobenius norm
        return actual.sub(exact).square().sum().div(exact.square().sum()).sqrt().item();
    }
}
