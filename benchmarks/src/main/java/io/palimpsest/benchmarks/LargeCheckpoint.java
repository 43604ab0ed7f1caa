package io.palimpsest.benchmarks;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A checkpoint of LLaDA's shape in bf16, a shard a layer. Its numbers are random and all layers have the same: what is
 * measured is where they go, not what they say.
 */
record LargeCheckpoint(int layers, int dim, int heads, int hidden, int vocabulary) {

    private static final int MASK = 5;

    /** LLaDA-8B's own numbers. */
    static LargeCheckpoint llada8b() {
        return new LargeCheckpoint(32, 4096, 32, 12288, 126464);
    }

    long parameters() {
        return layers * (4L * dim * dim + 3L * dim * hidden + 2L * dim) + 2L * vocabulary * dim + dim;
    }

    int maskId() {
        return MASK;
    }

    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Map<String, String> shards = new LinkedHashMap<>();
        try (Scope memory = Scope.inference()) {
            Tensor wide = random(hidden, dim);
            Map<String, Tensor> outer = new LinkedHashMap<>();
            Tensor table = repeated(wide, vocabulary);
            outer.put("model.transformer.wte.weight", table);
            outer.put("model.transformer.ff_out.weight", table);
            outer.put("model.transformer.ln_f.weight", ones());
            write(folder, 0, outer, shards);
            for (int layer = 0; layer < layers; layer++) {
                write(folder, layer + 1, layer(layer, wide), shards);
            }
        }
        String map = shards.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\": \"" + e.getValue() + "\"")
                .collect(Collectors.joining(",\n"));
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\n" + map + "}}");
        Files.writeString(folder.resolve("config.json"), config());
    }

    private Map<String, Tensor> layer(int layer, Tensor wide) {
        Tensor square = wide.narrow(0, 0, dim);
        String prefix = "model.transformer.blocks." + layer + ".";
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : List.of("q_proj", "k_proj", "v_proj", "attn_out")) {
            tensors.put(prefix + name + ".weight", square);
        }
        tensors.put(prefix + "ff_proj.weight", wide);
        tensors.put(prefix + "up_proj.weight", wide);
        tensors.put(prefix + "ff_out.weight", wide.view(dim, hidden));
        tensors.put(prefix + "attn_norm.weight", ones());
        tensors.put(prefix + "ff_norm.weight", ones());
        return tensors;
    }

    private static void write(Path folder, int shard, Map<String, Tensor> tensors, Map<String, String> shards) {
        String name = "model-%05d.safetensors".formatted(shard);
        Safetensors.write(folder.resolve(name), tensors, Map.of());
        tensors.keySet().forEach(tensor -> shards.put(tensor, name));
    }

    private static Tensor random(long rows, long columns) {
        return Scope.returning(
                () -> Tensor.randn(Seed.of(1), rows, columns).mul(0.02).to(DType.BF16));
    }

    private Tensor ones() {
        return Tensor.ones(dim).to(DType.BF16);
    }

    private static Tensor repeated(Tensor rows, long count) {
        List<Tensor> parts = new ArrayList<>();
        for (long done = 0; done < count; done += rows.size(0)) {
            parts.add(rows.narrow(0, 0, Math.min(rows.size(0), count - done)));
        }
        return Tensor.cat(parts, 0);
    }

    private String config() {
        return """
                {"model_type": "llada", "architectures": ["LLaDAModelLM"], "d_model": %d, "n_layers": %d, "n_heads": %d,
                 "n_kv_heads": %d, "mlp_hidden_size": %d, "vocab_size": %d, "embedding_size": %d, "rope_theta": 500000.0,
                 "rms_norm_eps": 1e-05, "max_sequence_length": 4096, "weight_tying": false, "mask_token_id": %d,
                 "block_type": "llama", "activation_type": "silu", "layer_norm_type": "rms", "rope": true}
                """.formatted(dim, layers, heads, heads, hidden, vocabulary, vocabulary, MASK);
    }
}
