package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.Gguf;
import io.palimpsest.tensor.file.InvalidFileException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How llama.cpp writes a family's models: what its metadata and tensors are called in transformers.
 *
 * @param type the family's {@code model_type}
 * @param classes its entry of {@code architectures}; empty where it needs none
 * @param neighbours whether the rows of queries and keys stand so that the two channels that turn together are neighbours,
 *     where transformers has them half a head apart
 * @param keys metadata by the field of {@code config.json}, without the architecture that stands before it
 * @param layers the prefix of a layer's tensors
 * @param outer tensors outside the layers
 * @param inner tensors of a layer
 */
record GgufArchitecture(
        String type,
        String classes,
        boolean neighbours,
        Map<String, String> keys,
        String layers,
        Map<String, String> outer,
        Map<String, String> inner) {

    private static final Map<String, String> USUAL_KEYS = Map.of(
            "num_hidden_layers", "block_count",
            "hidden_size", "embedding_length",
            "intermediate_size", "feed_forward_length",
            "num_attention_heads", "attention.head_count",
            "num_key_value_heads", "attention.head_count_kv",
            "head_dim", "attention.key_length",
            "max_position_embeddings", "context_length",
            "rope_theta", "rope.freq_base",
            "rms_norm_eps", "attention.layer_norm_rms_epsilon");

    private static final Map<String, String> LLADA_KEYS = Map.of(
            "n_layers", "block_count",
            "d_model", "embedding_length",
            "mlp_hidden_size", "feed_forward_length",
            "n_heads", "attention.head_count",
            "n_kv_heads", "attention.head_count_kv",
            "max_sequence_length", "context_length",
            "rope_theta", "rope.freq_base",
            "rms_norm_eps", "attention.layer_norm_rms_epsilon");

    private static final Map<String, String> MOE_KEYS = joined(
            USUAL_KEYS,
            Map.of(
                    "dense_intermediate_size", "feed_forward_length",
                    "expert_intermediate_size", "expert_feed_forward_length",
                    "num_experts", "expert_count",
                    "num_experts_per_tok", "expert_used_count"));

    private static final Map<String, String> USUAL_OUTER =
            Map.of("model.embed_tokens", "token_embd", "model.norm", "output_norm", "lm_head", "output");

    private static final Map<String, String> USUAL_INNER = Map.of(
            "input_layernorm", "attn_norm",
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.o_proj", "attn_output",
            "post_attention_layernorm", "ffn_norm",
            "mlp.gate_proj", "ffn_gate",
            "mlp.up_proj", "ffn_up",
            "mlp.down_proj", "ffn_down");

    private static final Map<String, String> MOE_INNER = joined(
            USUAL_INNER,
            Map.of(
                    "self_attn.q_norm", "attn_q_norm",
                    "self_attn.k_norm", "attn_k_norm",
                    "mlp.gate", "ffn_gate_inp",
                    "mlp.experts.gate_proj", "ffn_gate_exps",
                    "mlp.experts.up_proj", "ffn_up_exps",
                    "mlp.experts.down_proj", "ffn_down_exps"));

    private static final Map<String, String> LLADA_INNER = Map.of(
            "attn_norm", "attn_norm",
            "q_proj", "attn_q",
            "k_proj", "attn_k",
            "v_proj", "attn_v",
            "attn_out", "attn_output",
            "ff_norm", "ffn_norm",
            "ff_proj", "ffn_gate",
            "up_proj", "ffn_up",
            "ff_out", "ffn_down");

    private static final Map<String, String> LLADA_OUTER = Map.of(
            "model.transformer.wte", "token_embd",
            "model.transformer.ln_f", "output_norm",
            "model.transformer.ff_out", "output");

    private static final String USUAL_LAYERS = "model.layers.";

    private static final Map<String, GgufArchitecture> ALL = new TreeMap<>(Map.of(
            "llama",
            new GgufArchitecture("llama", "", true, USUAL_KEYS, USUAL_LAYERS, USUAL_OUTER, USUAL_INNER),
            "dream",
            new GgufArchitecture("Dream", "", false, USUAL_KEYS, USUAL_LAYERS, USUAL_OUTER, USUAL_INNER),
            "llada",
            new GgufArchitecture("llada", "", true, LLADA_KEYS, "model.transformer.blocks.", LLADA_OUTER, LLADA_INNER),
            "llada-moe",
            new GgufArchitecture(
                    "llada_moe", "LLaDAMoEModelLM", false, MOE_KEYS, USUAL_LAYERS, USUAL_OUTER, MOE_INNER)));

    private static Map<String, String> joined(Map<String, String> some, Map<String, String> others) {
        Map<String, String> all = new HashMap<>(some);
        all.putAll(others);
        return Collections.unmodifiableMap(all);
    }

    /** The architecture that {@code file} names. */
    static GgufArchitecture of(Gguf file) {
        String name = file.string("general.architecture");
        GgufArchitecture found = ALL.get(name);
        if (found == null) {
            throw new InvalidFileException(
                    file.path(),
                    "is a GGUF file of architecture '" + name + "', but only "
                            + ALL.keySet().stream().collect(Collectors.joining(", "))
                            + " can be read from GGUF. Use the model's safetensors files instead");
        }
        return found;
    }

    /** The metadata as transformers would have them in {@code config.json}. */
    ObjectNode config(Gguf file) {
        String prefix = file.string("general.architecture") + ".";
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("model_type", type);
        if (!classes.isEmpty()) {
            config.putArray("architectures").add(classes);
        }
        keys.forEach((field, key) -> put(config, field, file, prefix + key));
        put(config, "vocab_size", file, prefix + "vocab_size");
        if (!config.has("vocab_size") && file.has("token_embd.weight")) {
            config.put("vocab_size", file.info("token_embd.weight").shape()[0]);
        }
        for (String token : Arrays.asList("bos", "eos", "mask")) {
            put(config, token + "_token_id", file, "tokenizer.ggml." + token + "_token_id");
        }
        if (file.hasKey(prefix + "rope.scaling.type")) {
            config.putObject("rope_scaling").put("type", file.string(prefix + "rope.scaling.type"));
        }
        if (file.hasKey("diffusion.shift_logits")) {
            config.put("shift_logits", file.bool("diffusion.shift_logits"));
        }
        config.put("tie_word_embeddings", !file.has("output.weight"));
        config.put("weight_tying", !file.has("output.weight"));
        return config;
    }

    private static void put(ObjectNode config, String field, Gguf file, String key) {
        Object value = file.metadata().get(key);
        if (value instanceof Long whole) {
            config.put(field, whole);
        } else if (value instanceof Number number) {
            config.put(field, number.doubleValue());
        }
    }

    /** What llama.cpp calls the tensor that transformers calls {@code name}. */
    String nameInFile(String name) {
        int end = Math.max(name.lastIndexOf(".weight"), name.lastIndexOf(".bias"));
        if (end < 0) {
            return name;
        }
        String part = name.substring(0, end);
        String suffix = name.substring(end);
        if (!part.startsWith(layers)) {
            return outer.containsKey(part) ? outer.get(part) + suffix : name;
        }
        String[] layer = part.substring(layers.length()).split("\\.", 2);
        return layer.length == 2 && inner.containsKey(layer[1])
                ? "blk." + layer[0] + "." + inner.get(layer[1]) + suffix
                : name;
    }
}
