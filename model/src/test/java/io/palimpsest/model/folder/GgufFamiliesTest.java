package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.TensorFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints of the fixtures, written as llama.cpp's converters write such models. */
class GgufFamiliesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path scratch;

    static Path fixture(String name) {
        try {
            String path = "/io/palimpsest/model/verify/fixtures/" + name;
            return Path.of(Objects.requireNonNull(GgufFamiliesTest.class.getResource(path), path)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llada, llada/dense_mha",
        "llada, llada/gqa_bias_bf16_sharded",
        "dream, dream/gqa_untied",
        "llada-moe, llada_moe/moe"
    })
    void a_gguf_file_gives_the_logits_of_the_checkpoint_it_was_made_from(String architecture, String name)
            throws IOException {
        Path gguf = written(architecture, fixture(name));
        assertThat(logits(gguf)).containsExactly(logits(fixture(name)));
        try (ModelFolder folder = ModelFolder.open(gguf)) {
            assertThat(folder.description().traits().shift()).isEqualTo(architecture.equals("dream") ? 1 : 0);
        }
    }

    @Test
    void an_architecture_there_is_no_code_for_is_named_with_those_there_is() throws IOException {
        Path file = scratch.resolve("other.gguf");
        new GgufWriter().put("general.architecture", "mamba").write(file);
        assertThatThrownBy(() -> ModelFolder.open(file))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("'mamba'")
                .hasMessageContaining("dream, llada, llada-moe, llama");
    }

    private static float[] logits(Path model) {
        try (ModelFolder folder = ModelFolder.open(model);
                LanguageModel loaded = folder.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = loaded.network().open();
                Scope memory = Scope.inference()) {
            Canvas canvas = Canvas.of(9, 10, 11, 12).extend(6).pin(13, 14);
            return denoiser.logits(canvas, new Span(4, 10)).toFloats();
        }
    }

    private Path written(String architecture, Path model) throws IOException {
        GgufWriter writer = new GgufWriter();
        JsonNode config = JSON.readTree(model.resolve("config.json").toFile());
        writer.put("general.architecture", architecture);
        String p = architecture + ".";
        writer.put(
                p + "block_count", any(config, "n_layers", "num_hidden_layers").asInt());
        writer.put(
                p + "context_length",
                any(config, "max_sequence_length", "max_position_embeddings").asInt());
        writer.put(p + "embedding_length", any(config, "d_model", "hidden_size").asInt());
        writer.put(
                p + "feed_forward_length",
                any(
                                config,
                                "mlp_hidden_size",
                                "intermediate_size",
                                "dense_intermediate_size",
                                "expert_intermediate_size")
                        .asInt());
        int heads = any(config, "n_heads", "num_attention_heads").asInt();
        int kvHeads = any(config, "n_kv_heads", "num_key_value_heads").asInt();
        writer.put(p + "attention.head_count", heads);
        writer.put(p + "attention.head_count_kv", kvHeads);
        writer.put(p + "attention.layer_norm_rms_epsilon", (float)
                config.path("rms_norm_eps").asDouble());
        writer.put(p + "rope.freq_base", (float) config.path("rope_theta").asDouble());
        if (config.has("num_experts")) {
            writer.put(p + "expert_count", config.path("num_experts").asInt());
            writer.put(
                    p + "expert_used_count", config.path("num_experts_per_tok").asInt());
            writer.put(
                    p + "expert_feed_forward_length",
                    config.path("expert_intermediate_size").asInt());
        }
        writer.put("diffusion.shift_logits", architecture.equals("dream"));
        vocabulary(writer, model, config);
        boolean neighbours = architecture.equals("llada");
        try (Scope memory = Scope.inference();
                Checkpoint checkpoint = TransformersCheckpoint.open(model)) {
            Map<String, List<Tensor>> experts = new TreeMap<>();
            TensorFile tensors = checkpoint.tensors();
            for (String name : tensors.names()) {
                Tensor tensor = tensors.read(name);
                String to = renamed(name);
                if (name.matches(".*\\.experts\\.\\d+\\..*")) {
                    int expert = Integer.parseInt(name.replaceAll(".*\\.experts\\.(\\d+)\\..*", "$1"));
                    List<Tensor> all = experts.computeIfAbsent(to, key -> new ArrayList<>());
                    while (all.size() <= expert) {
                        all.add(tensor);
                    }
                    all.set(expert, tensor);
                } else if (neighbours && name.contains("q_proj")) {
                    writer.put(to, neighbours(tensor, heads));
                } else if (neighbours && name.contains("k_proj")) {
                    writer.put(to, neighbours(tensor, kvHeads));
                } else {
                    writer.put(to, tensor);
                }
            }
            experts.forEach((name, all) -> writer.put(name, Tensor.stack(all, 0)));
            Path file = scratch.resolve("model.gguf");
            writer.write(file);
            return file;
        }
    }

    private static JsonNode any(JsonNode config, String... keys) {
        return Arrays.stream(keys)
                .filter(config::hasNonNull)
                .map(config::get)
                .findFirst()
                .orElseThrow();
    }

    /** The converter's own permutation: the halves of a head become neighbours. */
    private static Tensor neighbours(Tensor rows, int heads) {
        long[] split = IntStream.range(0, rows.dim() + 2)
                .mapToLong(i -> i < 3 ? 2 : rows.size(i - 2))
                .toArray();
        split[0] = heads;
        split[2] = rows.size(0) / heads / 2;
        return rows.contiguous().view(split).transpose(1, 2).reshape(rows.shape());
    }

    private static String renamed(String name) {
        String inner = name.replaceFirst("model\\.(transformer\\.blocks|layers)\\.(\\d+)\\.", "blk.$2.");
        UnaryOperator<String> outer = n -> n.replace("model.transformer.wte", "token_embd")
                .replace("model.transformer.ln_f", "output_norm")
                .replace("model.transformer.ff_out", "output")
                .replace("model.embed_tokens", "token_embd")
                .replace("model.norm", "output_norm")
                .replace("lm_head", "output");
        return inner.startsWith("blk.")
                ? inner.replaceFirst("(self_attn\\.)?([qkv])_proj", "attn_$2")
                        .replaceFirst("self_attn\\.([qk])_norm", "attn_$1_norm")
                        .replaceFirst("attn_out\\.|self_attn\\.o_proj\\.", "attn_output.")
                        .replaceFirst("ff_norm|post_attention_layernorm", "ffn_norm")
                        .replaceFirst("input_layernorm", "attn_norm")
                        .replaceFirst("mlp\\.experts\\.\\d+\\.(gate|up|down)_proj", "ffn_$1_exps")
                        .replaceFirst("mlp\\.gate\\.", "ffn_gate_inp.")
                        .replaceFirst("ff_proj|mlp\\.gate_proj", "ffn_gate")
                        .replaceFirst("mlp\\.up_proj|(?<=\\d\\.)up_proj", "ffn_up")
                        .replaceFirst("(?<=\\d\\.)ff_out|mlp\\.down_proj", "ffn_down")
                : outer.apply(inner);
    }

    private static void vocabulary(GgufWriter writer, Path model, JsonNode config) throws IOException {
        JsonNode tokenizer = JSON.readTree(model.resolve("tokenizer.json").toFile());
        TreeMap<Integer, String> tokens = new TreeMap<>();
        tokenizer
                .path("model")
                .path("vocab")
                .properties()
                .forEach(e -> tokens.put(e.getValue().asInt(), e.getKey()));
        List<Integer> types = new ArrayList<>();
        tokenizer
                .path("added_tokens")
                .forEach(t -> tokens.put(t.path("id").asInt(), t.path("content").asText()));
        int vocabulary = any(config, "embedding_size", "vocab_size").asInt();
        for (int i = 0; i < vocabulary; i++) {
            types.add(tokens.containsKey(i) ? 1 : 5);
            tokens.putIfAbsent(i, "[PAD" + i + "]");
        }
        tokenizer.path("added_tokens").forEach(t -> types.set(t.path("id").asInt(), 3));
        List<String> merges = new ArrayList<>();
        tokenizer
                .path("model")
                .path("merges")
                .forEach(m -> merges.add(m.get(0).asText() + " " + m.get(1).asText()));
        writer.put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "gpt-2")
                .put("tokenizer.ggml.tokens", List.copyOf(tokens.values()))
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", merges)
                .put(
                        "tokenizer.ggml.mask_token_id",
                        config.path("mask_token_id").asInt());
    }
}
