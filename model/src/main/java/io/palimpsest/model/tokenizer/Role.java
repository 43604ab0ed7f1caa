package io.palimpsest.model.tokenizer;

import java.util.Locale;

/** Who speaks in a conversation. */
public enum Role {
    /** Instructions for the whole conversation. */
    SYSTEM,
    /** The person. */
    USER,
    /** The model. */
    ASSISTANT,
    /** A tool's answer to the model. */
    TOOL;

    /** The name that templates and the OpenAI API use: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
