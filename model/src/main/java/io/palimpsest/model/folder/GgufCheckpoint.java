package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.GgufVocabulary;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.file.Gguf;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A model in one GGUF file. */
record GgufCheckpoint(Gguf file, Configuration config) implements Checkpoint {

    private static final String TEMPLATE = "tokenizer.chat_template";

    static GgufCheckpoint open(Path path) {
        Gguf file = Gguf.open(path);
        try {
            return new GgufCheckpoint(file, new Configuration(path, config(file)));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static ObjectNode config(Gguf file) {
        String architecture = file.string("general.architecture");
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("model_type", architecture);
        put(config, "num_hidden_layers", file, architecture + ".block_count");
        put(config, "hidden_size", file, architecture + ".embedding_length");
        put(config, "intermediate_size", file, architecture + ".feed_forward_length");
        put(config, "num_attention_heads", file, architecture + ".attention.head_count");
        put(config, "num_key_value_heads", file, architecture + ".attention.head_count_kv");
        put(config, "head_dim", file, architecture + ".attention.key_length");
        put(config, "max_position_embeddings", file, architecture + ".context_length");
        put(config, "vocab_size", file, architecture + ".vocab_size");
        put(config, "bos_token_id", file, "tokenizer.ggml.bos_token_id");
        put(config, "eos_token_id", file, "tokenizer.ggml.eos_token_id");
        if (file.hasKey(architecture + ".rope.freq_base")) {
            config.put("rope_theta", file.real(architecture + ".rope.freq_base"));
        }
        if (file.hasKey(architecture + ".rope.scaling.type")) {
            config.putObject("rope_scaling").put("type", file.string(architecture + ".rope.scaling.type"));
        }
        config.put("rms_norm_eps", file.real(architecture + ".attention.layer_norm_rms_epsilon"));
        config.put("tie_word_embeddings", !file.has("output.weight"));
        return config;
    }

    private static void put(ObjectNode config, String name, Gguf file, String key) {
        if (file.hasKey(key)) {
            config.put(name, file.integer(key));
        }
    }

    @Override
    public TensorFile tensors() {
        return file;
    }

    @Override
    public Weights weights() {
        if (!config.text("model_type").equals("llama")) {
            throw new InvalidFileException(
                    file.path(),
                    "is a GGUF file of architecture '" + config.text("model_type")
                            + "', but only 'llama' can be read from GGUF. Use the model's safetensors files instead");
        }
        int heads = config.integer("num_attention_heads", 1, 1024);
        return new GgufLlamaWeights(file, heads, config.integer("num_key_value_heads", 1, heads, heads));
    }

    @Override
    public Tokenizer tokenizer() {
        return Tokenizer.ofJson(GgufVocabulary.of(file).tokenizerJson());
    }

    @Override
    public Optional<ChatTemplate> template() {
        return file.hasKey(TEMPLATE)
                ? Optional.of(ChatTemplate.of(file.string(TEMPLATE), GgufVocabulary.specialTokens(file)))
                : Optional.empty();
    }

    @Override
    public Set<Integer> stopIds() {
        Set<Integer> ids = new TreeSet<>();
        for (Map.Entry<String, Object> entry : file.metadata().entrySet()) {
            boolean ends = List.of(
                            "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
                    .contains(entry.getKey());
            if (ends) {
                ids.add(Math.toIntExact(file.integer(entry.getKey())));
            }
        }
        return ids;
    }

    @Override
    public void close() {
        file.close();
    }
}
