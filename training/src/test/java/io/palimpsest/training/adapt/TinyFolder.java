package io.palimpsest.training.adapt;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tiny Llama as a model folder, with a tokenizer of letters. */
final class TinyFolder {

    private static final ObjectMapper JSON = new ObjectMapper();

    private TinyFolder() {}

    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config().toString());
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer().toString());
        try (Scope memory = Scope.inference()) {
            Safetensors.write(folder.resolve("model.safetensors"), tensors(), Map.of());
        }
        return folder;
    }

    private static ObjectNode config() {
        Llama.Config c = TinyLlama.CONFIG;
        return JSON.createObjectNode()
                .put("model_type", "llama")
                .put("num_hidden_layers", c.layers())
                .put("hidden_size", c.dim())
                .put("intermediate_size", c.hidden())
                .put("num_attention_heads", c.heads())
                .put("num_key_value_heads", c.kvHeads())
                .put("head_dim", c.headDim())
                .put("vocab_size", c.vocabulary())
                .put("max_position_embeddings", c.context())
                .put("rope_theta", c.ropeTheta())
                .put("rms_norm_eps", c.normEps())
                .put("tie_word_embeddings", true)
                .put("bos_token_id", 0)
                .put("eos_token_id", 0);
    }

    private static ObjectNode tokenizer() {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0");
        json.putNull("truncation").putNull("padding").putNull("normalizer").putNull("post_processor");
        json.putArray("added_tokens")
                .addObject()
                .put("id", 0)
                .put("content", "<|endoftext|>")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        for (String part : List.of("pre_tokenizer", "decoder")) {
            json.putObject(part)
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", false)
                    .put("trim_offsets", true)
                    .put("use_regex", true);
        }
        ObjectNode model = json.putObject("model").put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab").put("<|endoftext|>", 0).put("\u0120", 1);
        for (int i = 2; i < TinyLlama.CONFIG.vocabulary(); i++) {
            vocabulary.put(String.valueOf((char) ('a' + i - 2)), i);
        }
        model.putArray("merges");
        return json;
    }

    private static Map<String, Tensor> tensors() {
        Weights weights = TinyLlama.weights(1);
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (String name : List.of("model.embed_tokens", "model.norm")) {
            all.put(name + ".weight", weights.get(name + ".weight"));
        }
        for (int i = 0; i < TinyLlama.CONFIG.layers(); i++) {
            for (String part : List.of(
                    "input_layernorm",
                    "self_attn.q_proj",
                    "self_attn.k_proj",
                    "self_attn.v_proj",
                    "self_attn.o_proj",
                    "post_attention_layernorm",
                    "mlp.gate_proj",
                    "mlp.up_proj",
                    "mlp.down_proj")) {
                String name = "model.layers." + i + "." + part + ".weight";
                all.put(name, weights.get(name));
            }
        }
        return all;
    }
}
