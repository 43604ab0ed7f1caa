package io.palimpsest.engine;

import io.palimpsest.model.tokenizer.Message;
import java.util.List;

/** What is given. */
public sealed interface Prompt {

    /** A conversation to answer, in the markup of the model's template. */
    record Chat(List<Message> messages) implements Prompt {

        public Chat {
            messages = List.copyOf(messages);
            if (messages.isEmpty()) {
                throw new IllegalArgumentException("a conversation needs at least one message");
            }
            if (messages.stream().allMatch(m -> m.content().isBlank())) {
                throw new IllegalArgumentException("the prompt is empty; say what to write");
            }
        }
    }

    /** A text to continue as it is; an empty one begins a new document. */
    record Text(String text) implements Prompt {}

    /** A text with gaps to fill: {@code [[3]]} for three tokens, {@code [[]]} for a length the model chooses. */
    record Gaps(String text) implements Prompt {

        public Gaps {
            if (GapText.parse(text).gaps() == 0) {
                throw new IllegalArgumentException(
                        "the text has no gap; write [[3]] where three tokens are missing, or [[]] where the length is open");
            }
        }
    }
}
