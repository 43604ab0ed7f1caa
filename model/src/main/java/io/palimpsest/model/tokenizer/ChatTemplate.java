package io.palimpsest.model.tokenizer;

import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The markup a model learned around conversations, as the Jinja template its makers publish ({@code chat_template}).
 *
 * <p>Rendered as transformers does: {@code trim_blocks} and {@code lstrip_blocks}, Python's string methods,
 * {@code raise_exception}, {@code strftime_now}, {@code tojson}. A template comes from a stranger: it reads no files, calls
 * no Java, and stops with an error when it takes too many steps or makes too much text. Messages are never templates.
 */
public final class ChatTemplate {

    private final String source;
    private final Map<String, String> specialTokens;
    private final Jinja jinja;

    private ChatTemplate(String source, Map<String, String> specialTokens, Clock clock) {
        this.source = source;
        this.specialTokens = Map.copyOf(specialTokens);
        this.jinja = new Jinja(clock);
    }

    /**
     * A template and what it calls {@code bos_token}, {@code eos_token} and so on.
     *
     * @param jinja the text of {@code chat_template} in tokenizer_config.json or of chat_template.jinja
     */
    public static ChatTemplate of(String jinja, Map<String, String> specialTokens) {
        return of(jinja, specialTokens, Clock.system(ZoneId.systemDefault()));
    }

    /** The same, for templates that tell the model the date. */
    public static ChatTemplate of(String jinja, Map<String, String> specialTokens, Clock clock) {
        return new ChatTemplate(Jinja.adapted(jinja), specialTokens, clock);
    }

    /**
     * The conversation with its markup.
     *
     * @param addGenerationPrompt whether to end with the beginning of the assistant's next turn
     * @param extra further variables, such as {@code enable_thinking} or {@code tools}
     * @throws IllegalArgumentException if the template refuses the conversation or fails
     */
    public String render(List<Message> messages, boolean addGenerationPrompt, Map<String, Object> extra) {
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.putAll(extra);
        variables.put("messages", messages.stream().map(ChatTemplate::variables).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        return jinja.render(source, variables);
    }

    /** The same, without further variables. */
    public String render(List<Message> messages, boolean addGenerationPrompt) {
        return render(messages, addGenerationPrompt, Map.of());
    }

    private static Map<String, Object> variables(Message message) {
        return Map.of("role", message.role().label(), "content", message.content());
    }
}
