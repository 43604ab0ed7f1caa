package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Families without recorded fixtures, held against what must be the same in families that have them. */
class SyntheticFamiliesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int[] IDS = {9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

    @TempDir
    private Path scratch;

    private static float[] logits(Path model) {
        try (Scope memory = Scope.inference()) {
            return PublishedModel.load(model, Precision.FP32)
                    .network()
                    .logits(
                            Tensor.ids(IDS, 1, IDS.length),
                            IntStream.range(0, IDS.length).toArray(),
                            Attend.all(IDS.length))
                    .toFloats();
        }
    }

    private Path written(ObjectNode config, Map<String, Tensor> tensors) throws IOException {
        JSON.writeValue(scratch.resolve("config.json").toFile(), config);
        Safetensors.write(scratch.resolve("model.safetensors"), tensors, Map.of());
        return scratch;
    }

    private static ObjectNode config(String fixture) throws IOException {
        return (ObjectNode) JSON.readTree(
                GgufFamiliesTest.fixture(fixture).resolve("config.json").toFile());
    }

    /** The tensors of a fixture, each offered under its name to {@code change}, which puts what it makes of them. */
    private static Map<String, Tensor> tensors(String fixture, Consumer<Map<String, Tensor>> change) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (TensorFile file = TensorFile.open(GgufFamiliesTest.fixture(fixture).resolve("model.safetensors"))) {
            file.names().forEach(name -> all.put(name, file.read(name)));
        }
        change.accept(all);
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void sdar_moe_with_equal_experts_is_sdar(int chosen) throws IOException {
        ObjectNode config = config("sdar/tied_bf16");
        config.put("model_type", "sdar_moe")
                .put("num_experts", 4)
                .put("num_experts_per_tok", chosen)
                .put("moe_intermediate_size", config.path("intermediate_size").asInt())
                .put("norm_topk_prob", true);
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> tensors = tensors("sdar/tied_bf16", all -> {
                for (String name :
                        all.keySet().stream().filter(n -> n.contains(".mlp.")).toList()) {
                    Tensor weight = all.remove(name);
                    String layer = name.substring(0, name.indexOf(".mlp."));
                    for (int expert = 0; expert < 4; expert++) {
                        all.put(name.replace(".mlp.", ".mlp.experts." + expert + "."), weight);
                    }
                    all.put(
                            layer + ".mlp.gate.weight",
                            Tensor.randn(
                                    Seed.of(layer.hashCode()),
                                    4,
                                    config.path("hidden_size").asInt()));
                }
            });
            assertThat(logits(written(config, tensors)))
                    .containsExactly(logits(GgufFamiliesTest.fixture("sdar/tied_bf16")), Offset.offset(1e-4f));
        }
    }

    @Test
    void roberta_with_its_positions_moved_is_bert() throws IOException {
        int padding = 1;
        ObjectNode config = config("bert/relu_bf16");
        config.put("model_type", "roberta").put("pad_token_id", padding);
        int context = config.path("max_position_embeddings").asInt();
        config.put("max_position_embeddings", context + padding + 1);
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors(
                    "bert/relu_bf16",
                    all -> all.forEach((name, tensor) -> {
                        String to = name.replaceFirst("^bert\\.", "roberta.")
                                .replace("cls.predictions.transform.dense", "lm_head.dense")
                                .replace("cls.predictions.transform.LayerNorm", "lm_head.layer_norm")
                                .replace("cls.predictions.bias", "lm_head.bias");
                        boolean positions = name.endsWith("position_embeddings.weight");
                        tensors.put(
                                to,
                                positions
                                        ? Tensor.cat(
                                                Tensor.randn(Seed.of(1), padding + 1, tensor.size(1)),
                                                tensor.toFloat(),
                                                0)
                                        : tensor);
                    }));
            assertThat(logits(written(config, tensors)))
                    .containsExactly(logits(GgufFamiliesTest.fixture("bert/relu_bf16")), Offset.offset(1e-4f));
        }
    }

    /** A window as wide as the text, and the same frequencies near and far, make all layers alike. */
    @Test
    void modernbert_whose_windows_hold_the_whole_text_sees_it_all_and_otherwise_less() throws IOException {
        float[] wide = modernBert(3, 2 * IDS.length);
        float[] global = modernBert(1, 2);
        assertThat(wide).containsExactly(global, Offset.offset(1e-5f));
        assertThat(Arrays.equals(modernBert(3, 2), global)).isFalse();
    }

    private float[] modernBert(int every, int window) throws IOException {
        long dim = 32;
        long hidden = 48;
        int layers = 4;
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", "modernbert")
                .put("num_hidden_layers", layers)
                .put("hidden_size", dim)
                .put("intermediate_size", hidden)
                .put("num_attention_heads", 4)
                .put("vocab_size", 40)
                .put("global_attn_every_n_layers", every)
                .put("local_attention", window)
                .put("global_rope_theta", 10000.0)
                .put("local_rope_theta", 10000.0);
        try (Scope memory = Scope.inference()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            put(tensors, "model.embeddings.tok_embeddings.weight", 40, dim);
            put(tensors, "decoder.bias", 40);
            put(tensors, "head.dense.weight", dim, dim);
            for (String norm : new String[] {"model.embeddings.norm", "model.final_norm", "head.norm"}) {
                put(tensors, norm + ".weight", dim);
            }
            for (int i = 0; i < layers; i++) {
                String layer = "model.layers." + i + ".";
                put(tensors, layer + "attn.Wqkv.weight", 3 * dim, dim);
                put(tensors, layer + "attn.Wo.weight", dim, dim);
                put(tensors, layer + "mlp.Wi.weight", 2 * hidden, dim);
                put(tensors, layer + "mlp.Wo.weight", dim, hidden);
                put(tensors, layer + "mlp_norm.weight", dim);
                if (i > 0) {
                    put(tensors, layer + "attn_norm.weight", dim);
                }
            }
            Files.deleteIfExists(scratch.resolve("model.safetensors"));
            return logits(written(config, tensors));
        }
    }

    private static void put(Map<String, Tensor> tensors, String name, long... shape) {
        tensors.put(name, Tensor.randn(Seed.of(name.hashCode()), shape).mul(0.3));
    }
}
