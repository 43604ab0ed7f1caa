package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** golden.gguf and the floats beside it were written with ggml-org's Python package gguf 0.19.0. */
class GgufTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f32", "f16", "bf16", "f64", "i8", "i16", "i32", "i64", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q4_k",
                "q5_k", "q6_k"
            })
    void every_type_reads_as_the_reference_reads_it(String type) {
        try (Scope memory = Scope.inference();
                Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder));
                Safetensors expected = Safetensors.open(Resources.copy("golden.safetensors", folder))) {
            Tensor tensor = gguf.read(type);
            Tensor golden = expected.read(type);
            assertThat(tensor.shape()).isEqualTo(golden.shape());
            assertThat(tensor.to(DType.F32).toFloats()).isEqualTo(golden.toFloats());
        }
    }

    @Test
    void a_tensor_of_many_pieces_is_dequantised_whole() {
        int blocks = 9_375; // 300,000 weights: several threads, and a last piece that is not full
        ByteBuffer data = ByteBuffer.allocate(blocks * 34).order(ByteOrder.LITTLE_ENDIAN);
        float[] expected = new float[blocks * 32];
        for (int b = 0; b < blocks; b++) {
            data.putShort((short) 0x3C00); // d = 1
            for (int j = 0; j < 32; j++) {
                byte q = (byte) (b * 37 + j);
                data.put(q);
                expected[b * 32 + j] = q;
            }
        }
        byte[] untilByte96 = new byte[31];
        Path file =
                HostileFile.gguf(folder, 0x46554747, 3, 1L, 0L, "x", 2, 12_000L, 25L, 8, 0L, untilByte96, data.array());
        try (Scope memory = Scope.inference();
                Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.read("x").shape()).containsExactly(25, 12_000);
            assertThat(gguf.read("x").toFloats()).isEqualTo(expected);
        }
    }

    @Test
    void plain_numbers_keep_their_type_and_quantised_ones_become_floats() {
        try (Scope memory = Scope.inference();
                Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder))) {
            assertThat(gguf.read("bf16").dtype()).isEqualTo(DType.BF16);
            assertThat(gguf.read("i16").dtype()).isEqualTo(DType.I16);
            assertThat(gguf.read("q6_k").dtype()).isEqualTo(DType.F32);
            assertThat(gguf.info("q6_k").type()).isEqualTo("Q6_K");
            assertThat(gguf.info("f32").shape()).containsExactly(2, 3, 5);
        }
    }

    @Test
    void metadata_has_its_values_under_their_types() {
        try (Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder))) {
            Map<String, Object> metadata = gguf.metadata();
            assertThat(metadata)
                    .containsEntry("general.architecture", "llama")
                    .containsEntry("test.u8", 200L)
                    .containsEntry("test.i8", -3L)
                    .containsEntry("test.u16", 60_000L)
                    .containsEntry("test.i16", -300L)
                    .containsEntry("test.u32", 4_000_000_000L)
                    .containsEntry("test.i32", -5L)
                    .containsEntry("test.u64", 1L << 40)
                    .containsEntry("test.i64", -(1L << 40))
                    .containsEntry("test.f32", (double) 0.1f)
                    .containsEntry("test.f64", 0.1)
                    .containsEntry("test.bool", true)
                    .containsEntry("test.string", "grüße 👋")
                    .containsEntry("test.bools", List.of(true, false));
            assertThat(gguf.strings("test.strings")).containsExactly("a", "", "Ġthe");
            assertThat(gguf.integers("test.ints")).containsExactly(1, -2, 3);
            assertThat(gguf.reals("test.floats")).containsExactly(0.5, -1.5);
            assertThat(gguf.reals("test.ints")).containsExactly(1, -2, 3);
            assertThat(gguf.integer("test.u32")).isEqualTo(4_000_000_000L);
            assertThat(gguf.real("test.i8")).isEqualTo(-3);
            assertThat(gguf.bool("test.bool")).isTrue();
            assertThat(gguf.hasKey("test.u8")).isTrue();
            assertThat(gguf.hasKey("q4_k")).isFalse();
        }
    }

    @Test
    void metadata_of_another_type_is_refused_with_its_key() {
        try (Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder))) {
            assertThatThrownBy(() -> gguf.integer("test.string"))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("golden.gguf", "test.string", "a whole number", "String");
            assertThatThrownBy(() -> gguf.strings("test.ints"))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("test.ints", "a list of strings", "Long in a list");
            assertThatThrownBy(() -> gguf.string("test.strin"))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("test.strin", "near it are test.string");
        }
    }

    @Test
    void an_unknown_tensor_is_refused_with_the_names_near_it() {
        try (Gguf gguf = Gguf.open(Resources.copy("golden.gguf", folder))) {
            assertThatThrownBy(() -> gguf.read("q4_2"))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("golden.gguf", "'q4_2'", "q4_0", "q4_1", "q4_k");
        }
    }

    @Test
    void an_unsupported_quantisation_can_be_listed_and_is_refused_by_name() {
        try (Gguf gguf = Gguf.open(Resources.copy("unsupported.gguf", folder))) {
            assertThat(gguf.info("q2").type()).isEqualTo("Q2_K");
            assertThatThrownBy(() -> gguf.read("q2"))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContainingAll("unsupported.gguf", "'q2'", "Q2_K", "supported are", "Q4_K");
        }
    }
}
