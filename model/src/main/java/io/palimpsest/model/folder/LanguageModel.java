package io.palimpsest.model.folder;

import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.Set;

/**
 * A model that is ready to work: the network and what turns text into its tokens.
 *
 * @param name how it is called
 * @param template its conversations' markup; empty for a model that only continues text
 * @param stopIds the tokens that end a text
 * @param boundary the token between two documents, with which a text without a prompt begins
 * @param context the most positions a canvas may have
 * @param precision what its linear maps compute with
 */
public record LanguageModel(
        String name,
        Network network,
        Traits traits,
        Tokenizer tokenizer,
        Optional<ChatTemplate> template,
        Set<Integer> stopIds,
        int boundary,
        int context,
        Precision precision)
        implements AutoCloseable {

    public LanguageModel {
        stopIds = Set.copyOf(stopIds);
    }

    /** Frees the tokenizer; the weights go with the last reference to the network. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
