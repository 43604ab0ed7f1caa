package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void what_was_written_is_read_again(DType type) {
        try (Scope memory = Scope.inference()) {
            byte[] bytes = new byte[3 * 5 * type.bytes()];
            new Random(7).nextBytes(bytes);
            Tensor tensor = Tensor.ofBytes(type == DType.BOOL ? bits(bytes) : bytes, type, 3, 5);
            Path file = folder.resolve("t.safetensors");
            Safetensors.write(file, Map.of("x", tensor, "odd", Tensor.ofBytes(new byte[3], DType.U8, 3)), Map.of());
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.read("x").dtype()).isEqualTo(type);
                assertThat(read.read("x").shape()).containsExactly(3, 5);
                assertThat(read.read("x").toBytes()).isEqualTo(tensor.toBytes());
            }
        }
    }

    private static byte[] bits(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= 1;
        }
        return bytes;
    }

    @Test
    void empty_tensors_scalars_and_transposed_views_survive_a_round_trip() {
        try (Scope memory = Scope.inference()) {
            Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            Path file = folder.resolve("t.safetensors");
            Map<String, Tensor> tensors = Map.of(
                    "empty", Tensor.zeros(DType.I64, 0, 4),
                    "scalar", Tensor.of(new float[] {7}).view(),
                    "transposed", matrix.transpose(0, 1));
            Safetensors.write(file, tensors, Map.of());
            try (TensorFile read = TensorFile.open(file)) {
                assertThat(read.read("empty").shape()).containsExactly(0, 4);
                assertThat(read.read("scalar").dim()).isZero();
                assertThat(read.read("scalar").item()).isEqualTo(7);
                assertThat(read.read("transposed").toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
            }
        }
    }

    @Test
    void every_tensor_is_aligned_and_wider_types_come_first() {
        try (Scope memory = Scope.inference()) {
            Path file = folder.resolve("t.safetensors");
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (DType type : DType.values()) {
                tensors.put("a." + type, Tensor.zeros(type, 3));
                tensors.put("b." + type, Tensor.zeros(type, 5));
            }
            Safetensors.write(file, tensors, Map.of("k", "v"));
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.tensors().values())
                        .hasSize(20)
                        .allMatch(info ->
                                info.offset() % DType.valueOf(info.type()).bytes() == 0);
                assertThat(read.names())
                        .startsWith("a.F64", "a.I64", "b.F64", "b.I64", "a.F32")
                        .endsWith("b.U8");
            }
        }
    }

    @Test
    void metadata_survives_a_round_trip() {
        Path file = folder.resolve("t.safetensors");
        Map<String, String> metadata = Map.of("format", "pt", "quote", "\"\n\u0000é👋");
        Safetensors.write(file, Map.of(), metadata);
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.metadata()).isEqualTo(metadata);
            assertThat(read.names()).isEmpty();
        }
    }

    @Test
    void a_file_is_replaced_whole_and_nothing_is_left_beside_it() throws IOException {
        try (Scope memory = Scope.inference()) {
            Path file = folder.resolve("t.safetensors");
            Safetensors.write(file, Map.of("x", Tensor.ones(4)), Map.of());
            try (Safetensors old = Safetensors.open(file)) {
                Safetensors.write(file, Map.of("x", Tensor.zeros(4)), Map.of());
                try (Safetensors replaced = Safetensors.open(file)) {
                    assertThat(replaced.read("x").toFloats()).containsOnly(0);
                }
            }
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).containsExactly(file);
            }
        }
    }

    @Test
    void a_tensor_outlives_its_file() {
        try (Scope memory = Scope.inference()) {
            Path file = folder.resolve("t.safetensors");
            Safetensors.write(file, Map.of("x", Tensor.ones(4)), Map.of());
            Tensor x;
            try (Safetensors read = Safetensors.open(file)) {
                x = read.read("x");
            }
            assertThat(x.toFloats()).containsOnly(1);
        }
    }

    @Test
    void a_tensor_that_is_not_aligned_is_read_all_the_same() {
        try (Scope memory = Scope.inference()) {
            byte[] data = Tensor.of(new float[] {1.5f, -2}).toBytes();
            String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
            Path file = HostileFile.safetensors(folder, header, data); // 8 + 55 bytes before the data
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.info("x").offset() % 4).isNotZero();
                assertThat(read.read("x").toFloats()).containsExactly(1.5f, -2);
            }
        }
    }

    @Test
    void bytes_other_than_0_and_1_are_read_as_true() {
        try (Scope memory = Scope.inference()) {
            String header = "{\"x\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]}}";
            Path file = HostileFile.safetensors(folder, header, new byte[] {0, 1, 77});
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.read("x").toBytes()).containsExactly(0, 1, 1);
            }
        }
    }
}
