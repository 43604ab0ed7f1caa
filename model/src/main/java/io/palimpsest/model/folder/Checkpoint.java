package io.palimpsest.model.folder;

import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.file.TensorFile;
import java.util.Optional;
import java.util.Set;

/**
 * A model's files, whatever form they have, under the names that transformers gives their contents. Opening one reads
 * headers; tokenizer, template and weights are read when they are asked for, by any thread.
 */
public interface Checkpoint extends AutoCloseable {

    /** {@code config.json}, or the same keys made from GGUF metadata. */
    Configuration config();

    /** {@code generation_config.json}; the configuration itself where there is none. */
    default Configuration generation() {
        return config();
    }

    /** The file or files of tensors. */
    TensorFile tensors();

    /** The tensors by the names of transformers, rows in its order. */
    Weights weights();

    /** What the file itself calls the tensor that transformers calls {@code name}. */
    default String nameInFile(String name) {
        return name;
    }

    /** Reads the tokenizer. */
    Tokenizer tokenizer();

    /** The chat template; empty where the model has none. */
    Optional<ChatTemplate> template();

    /** The ids that end a text, as the files say. */
    Set<Integer> stopIds();

    @Override
    void close();
}
