package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedSafetensorsTest {

    @TempDir
    Path folder;

    @BeforeEach
    void two_shards() {
        try (Scope memory = Scope.inference()) {
            Safetensors.write(folder.resolve("1.safetensors"), Map.of("a", Tensor.ones(2)), Map.of("format", "pt"));
            Safetensors.write(folder.resolve("2.safetensors"), Map.of("b", Tensor.zeros(3)), Map.of());
        }
    }

    private Path index(String json) {
        return Resources.write(folder.resolve("index.json"), json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shards_read_as_one_file() {
        Path index = index("{\"metadata\":{\"total_size\":20,\"more\":[{}]},"
                + "\"weight_map\":{\"b\":\"2.safetensors\",\"a\":\"1.safetensors\"}}");
        try (Scope memory = Scope.inference();
                TensorFile file = TensorFile.open(index)) {
            assertThat(file).isInstanceOf(ShardedSafetensors.class);
            assertThat(file.names()).containsExactly("b", "a");
            assertThat(file.read("a").toFloats()).containsExactly(1, 1);
            assertThat(file.read("b").toFloats()).containsExactly(0, 0, 0);
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThatThrownBy(() -> file.read("c"))
                    .isExactlyInstanceOf(InvalidFileException.class)
                    .hasMessageContaining("index.json");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../1.safetensors",
                "/etc/passwd",
                "x/../../1.safetensors",
                "..",
                ".",
                "",
                "C:\\\\1.safetensors",
                "..\\\\1.safetensors",
                "a\\u0000b"
            })
    void a_shard_outside_the_folder_is_refused(String name) {
        Path index = index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
        assertThatThrownBy(() -> Safetensors.openSharded(index))
                .isExactlyInstanceOf(InvalidFileException.class)
                .hasMessageContaining("weight_map");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"weight_map\":{}}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":\"1.safetensors\",\"a\":\"1.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"missing.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"2.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"1.safetensors\"",
                "{\"metadata\":[[[[[[[[[[[[]]]]]]]]]]]]}"
            })
    void an_index_that_does_not_fit_its_folder_is_refused(String json) {
        assertThatThrownBy(() -> Safetensors.openSharded(index(json))).isExactlyInstanceOf(InvalidFileException.class);
    }
}
