package io.palimpsest.model.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationTest {

    @TempDir
    private Path scratch;

    private static Path fixture(String name) {
        try {
            return Path.of(Objects.requireNonNull(VerificationTest.class.getResource("fixtures/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llada/dense_mha",
                "llada/gqa_bias_bf16_sharded",
                "dream/gqa_untied",
                "sdar/gqa",
                "sdar/tied_bf16",
                "llada2_moe/mini_bf16_sharded",
                "fastdllm_v2/gqa",
                "llada_moe/moe_mixed_bf16",
                "llada_moe/moe",
                "mdlm/no_time",
                "bd3lm/block4",
                "bert/relu_bf16",
                "a2d/case_a_qwen3",
                "a2d/case_b_qwen2",
                "mmada/case_a",
                "diffusion_lm/case_a",
                "magvit2/dec_13bit"
            })
    void what_the_reference_computed_is_computed_here(String name) {
        List<TestResult> results = Verification.run(fixture(name), result -> {});
        assertThat(results).isNotEmpty().allMatch(TestResult::ok);
    }

    @Test
    void a_kind_without_code_fails_and_says_so() throws IOException {
        Path folder = altered("sdar/gqa", weights -> {});
        Path manifest = folder.resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"logits\"", "\"telepathy\""));
        assertThat(Verification.run(folder, result -> {}))
                .filteredOn(r -> r.kind().equals("telepathy"))
                .isNotEmpty()
                .allSatisfy(r -> {
                    assertThat(r.ok()).isFalse();
                    assertThat(r.message()).startsWith("unsupported");
                });
    }

    @Test
    void a_weight_that_is_off_by_a_little_is_noticed() throws IOException {
        Path folder = altered(
                "sdar/gqa",
                weights -> weights.computeIfPresent("model.norm.weight", (name, weight) -> weight.mul(1.001)));
        assertThat(Verification.run(folder, result -> {}))
                .filteredOn(r -> r.kind().equals("logits"))
                .noneMatch(TestResult::ok);
    }

    @Test
    void a_missing_tensor_is_named() throws IOException {
        Path folder = altered("sdar/gqa", weights -> weights.remove("model.layers.0.mlp.up_proj.weight"));
        assertThatThrownBy(() -> PublishedModel.load(folder, Precision.FP32))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("model.layers.0.mlp.up_proj.weight");
    }

    @Test
    void a_tensor_nothing_asks_for_is_named() throws IOException {
        Path folder = altered("sdar/gqa", weights -> weights.put("model.layers.7.mlp.up_proj.weight", Tensor.zeros(2)));
        assertThatThrownBy(() -> PublishedModel.load(folder, Precision.FP32))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model.layers.7.mlp.up_proj.weight")
                .hasMessageNotContaining("\n");
    }

    @Test
    void a_tensor_of_another_shape_is_named_with_both_shapes() throws IOException {
        Path folder = altered("sdar/gqa", weights -> weights.put("model.norm.weight", Tensor.zeros(63)));
        assertThatThrownBy(() -> PublishedModel.load(folder, Precision.FP32))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model.norm.weight")
                .hasMessageContaining("[63]")
                .hasMessageContaining("[64]");
    }

    @Test
    void code_of_a_checkpoint_is_never_run() throws IOException {
        Path folder = altered("sdar/gqa", weights -> {});
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"sdar\"", "\"sdar_next\""));
        assertThatThrownBy(() -> PublishedModel.load(folder, Precision.FP32))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("'sdar_next'")
                .hasMessageContaining("auto_map");
    }

    @Test
    void a_folder_without_fixtures_is_refused() {
        assertThatThrownBy(() -> Verification.run(scratch, result -> {}))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("manifest.json");
    }

    /** A copy of a fixture with other weights. */
    private Path altered(String name, Consumer<Map<String, Tensor>> change) throws IOException {
        Path source = fixture(name);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, scratch.resolve(file.getFileName()));
            }
        }
        try (Scope memory = Scope.inference();
                Safetensors original = Safetensors.open(source.resolve("model.safetensors"))) {
            Map<String, Tensor> weights = new HashMap<>();
            original.names()
                    .forEach(n -> weights.put(n, original.read(n).to(DType.F32).copy()));
            change.accept(weights);
            Path file = scratch.resolve("model.safetensors");
            Files.delete(file);
            Safetensors.write(file, weights, Map.of());
        }
        return scratch;
    }
}
