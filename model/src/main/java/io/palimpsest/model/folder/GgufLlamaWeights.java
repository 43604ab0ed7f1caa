package io.palimpsest.model.folder;

import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Gguf;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a GGUF file of architecture {@code llama} under their Hugging Face names and in their order: llama.cpp's
 * converter stores the rows of queries and keys so that the two channels that turn together are neighbours, where
 * transformers has them half a head apart.
 */
record GgufLlamaWeights(Gguf file, int heads, int kvHeads) implements Weights {

    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)\\.weight");

    private static final Map<String, String> OUTER = Map.of(
            "model.embed_tokens.weight", "token_embd.weight",
            "model.norm.weight", "output_norm.weight",
            "lm_head.weight", "output.weight");

    private static final Map<String, String> INNER = Map.of(
            "input_layernorm", "attn_norm",
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.o_proj", "attn_output",
            "post_attention_layernorm", "ffn_norm",
            "mlp.gate_proj", "ffn_gate",
            "mlp.up_proj", "ffn_up",
            "mlp.down_proj", "ffn_down");

    static String nameInFile(String name) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches() && INNER.containsKey(layer.group(2))
                ? "blk." + layer.group(1) + "." + INNER.get(layer.group(2)) + ".weight"
                : OUTER.getOrDefault(name, name);
    }

    @Override
    public boolean has(String name) {
        return file.has(nameInFile(name));
    }

    @Override
    public Tensor get(String name) {
        Tensor found = file.read(nameInFile(name));
        if (name.endsWith("self_attn.q_proj.weight")) {
            return halvesApart(found, heads);
        }
        return name.endsWith("self_attn.k_proj.weight") ? halvesApart(found, kvHeads) : found;
    }

    private static Tensor halvesApart(Tensor weight, int heads) { // (H * D, in)
        if (weight.dim() != 2 || weight.size(0) % (2L * heads) != 0) {
            return weight; // the shape is wrong, which is said by whoever wants it
        }
        long half = weight.size(0) / heads / 2;
        return weight.view(heads, half, 2, weight.size(1)).transpose(1, 2).reshape(weight.size(0), weight.size(1));
    }

    @Override
    public String describe(String name) {
        return file.path() + ": tensor '" + nameInFile(name) + "'";
    }
}
