package io.palimpsest.model.folder;

import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.GgufVocabulary;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.file.Gguf;
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
            return new GgufCheckpoint(
                    file, new Configuration(path, GgufArchitecture.of(file).config(file)));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public TensorFile tensors() {
        return file;
    }

    @Override
    public GgufWeights weights() {
        int heads = config.integer(config.has("n_heads") ? "n_heads" : "num_attention_heads", 1, 1024);
        String kv = config.has("n_heads") ? "n_kv_heads" : "num_key_value_heads";
        return new GgufWeights(file, GgufArchitecture.of(file), heads, config.integer(kv, 1, heads, heads));
    }

    @Override
    public String nameInFile(String name) {
        return weights().nameInFile(name);
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
