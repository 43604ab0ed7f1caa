package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.ModelFileException;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every family says of a checkpoint that is not what its configuration describes. */
class WrongCheckpointsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path scratch;

    static Stream<String> families() {
        return Stream.of(
                "llada/dense_mha",
                "llada_moe/moe_mixed_bf16",
                "llada2_moe/mini_bf16_sharded",
                "dream/gqa_untied",
                "sdar/gqa",
                "fastdllm_v2/gqa",
                "mdlm/no_time",
                "bd3lm/block4",
                "bert/relu_bf16",
                "a2d/case_a_qwen3/model",
                "a2d/case_b_qwen2/model",
                "mmada/case_a/model",
                "diffusion_lm/case_a/model");
    }

    static Stream<String> allKinds() {
        return Stream.concat(families(), Stream.of("magvit2/dec_13bit", "mmada/case_a/vq"));
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void a_tensor_that_is_missing_is_named(String family) throws IOException {
        String name = largest(family);
        assertThatThrownBy(() -> load(altered(family, tensors -> tensors.remove(name), config -> {})))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void a_tensor_that_nothing_asks_for_is_named(String family) throws IOException {
        String name = "model.layers.99.surplus.weight";
        assertThatThrownBy(() -> load(altered(family, tensors -> tensors.put(name, Tensor.zeros(2)), config -> {})))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @MethodSource("allKinds")
    void a_tensor_of_another_shape_is_named_with_both_shapes(String family) throws IOException {
        String name = largest(family);
        long[] shape = {3};
        assertThatThrownBy(() -> load(altered(family, tensors -> tensors.put(name, Tensor.zeros(shape)), config -> {})))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("[3]")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @MethodSource("families")
    void an_unknown_type_is_named_and_code_that_comes_along_is_not_run(String family) throws IOException {
        Path folder = altered(family, tensors -> {}, config -> {
            config.put("model_type", "telepath");
            config.putObject("auto_map").put("AutoModel", "modeling_telepath.Telepath");
        });
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("'telepath'")
                .hasMessageContaining("auto_map")
                .hasMessageContaining("config.json")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @MethodSource("families")
    void a_field_that_is_missing_or_absurd_is_named(String family) throws IOException {
        ObjectNode config = config(family);
        String layers = Stream.of("n_layers", "num_hidden_layers", "n_blocks")
                .filter(config::has)
                .findFirst()
                .orElseThrow();
        for (Consumer<ObjectNode> change : List.<Consumer<ObjectNode>>of(
                c -> c.remove(layers), c -> c.put(layers, -3), c -> c.put(layers, "many"))) {
            assertThatThrownBy(() -> load(altered(family, tensors -> {}, change)))
                    .isInstanceOf(InvalidFileException.class)
                    .hasMessageContaining("'" + layers + "'")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void a_token_that_expands_must_be_one_of_the_vocabulary() {
        Path folder = altered("dream/gqa_untied", tensors -> {}, config -> config.put("expand_token_id", 384));
        assertThatThrownBy(() -> ModelFolder.open(folder).description())
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("'expand_token_id' should be between 0 and 383, but is 384")
                .hasMessageContaining("config.json");
    }

    private static void load(Path folder) {
        if (EmbeddingModel.TYPE.equals(Configuration.read(folder.resolve("config.json"))
                .json()
                .path("model_type")
                .asText())) {
            EmbeddingModel.load(folder, Precision.FP32);
        } else if (ImageModel.isAt(folder)) {
            ImageModel.load(folder);
        } else {
            PublishedModel.load(folder, Precision.FP32);
        }
    }

    private static ObjectNode config(String family) throws IOException {
        return (ObjectNode) JSON.readTree(
                GgufFamiliesTest.fixture(family).resolve("config.json").toFile());
    }

    /** A tensor that no family could do without: the largest matrix in a layer, of an image's block the second. */
    private static String largest(String family) {
        try (TensorFile file = open(family)) {
            return file.names().stream()
                    .filter(name -> name.matches(".*\\.\\d+\\..*weight"))
                    .filter(name -> file.info(name).shape().length > 1)
                    .filter(name -> file.info(name).shape().length < 4 || name.endsWith("conv2.weight"))
                    .max((a, b) ->
                            Long.compare(file.info(a).elements(), file.info(b).elements()))
                    .orElseThrow();
        }
    }

    private static TensorFile open(String family) {
        Path folder = GgufFamiliesTest.fixture(family);
        Path index = folder.resolve("model.safetensors.index.json");
        return TensorFile.open(Files.exists(index) ? index : folder.resolve("model.safetensors"));
    }

    private Path altered(String family, Consumer<Map<String, Tensor>> change, Consumer<ObjectNode> field) {
        try (Scope memory = Scope.inference();
                TensorFile file = open(family)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.read(name)));
            change.accept(tensors);
            Safetensors.write(scratch.resolve("model.safetensors"), tensors, Map.of());
            ObjectNode config = config(family);
            field.accept(config);
            JSON.writeValue(scratch.resolve("config.json").toFile(), config);
            assertThat(Arrays.asList(scratch.toFile().list())).contains("config.json");
            return scratch;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
