package io.palimpsest.model.tokenizer;

import java.util.Objects;

/** One turn of a conversation. */
public record Message(Role role, String content) {

    /** Refuses a missing role or content. */
    public Message {
        Objects.requireNonNull(role, "role is null");
        Objects.requireNonNull(content, "content is null");
    }

    /** Instructions for the whole conversation. */
    public static Message system(String content) {
        return new Message(Role.SYSTEM, content);
    }

    /** What the person says. */
    public static Message user(String content) {
        return new Message(Role.USER, content);
    }

    /** What the model said. */
    public static Message assistant(String content) {
        return new Message(Role.ASSISTANT, content);
    }
}
