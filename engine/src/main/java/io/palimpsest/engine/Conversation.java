package io.palimpsest.engine;

import io.palimpsest.model.tokenizer.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A conversation with its history. The engine finds the turns before in its cache, so that a new one costs its own tokens
 * only.
 */
public final class Conversation {

    private final Engine engine;
    private final UnaryOperator<Request> settings;
    private final List<Message> history = new ArrayList<>();

    Conversation(Engine engine, List<Message> beginning, UnaryOperator<Request> settings) {
        this.engine = engine;
        this.settings = settings;
        history.addAll(beginning);
    }

    /** Says something and waits for the answer; where that fails, nothing was said. */
    public Answer say(String message) {
        history.add(Message.user(message));
        try {
            Answer answer = engine.generate(settings.apply(Request.chat(history)));
            history.add(Message.assistant(answer.text()));
            return answer;
        } catch (RuntimeException e) {
            history.remove(history.size() - 1);
            throw e;
        }
    }

    /** All that was said. */
    public List<Message> history() {
        return List.copyOf(history);
    }
}
