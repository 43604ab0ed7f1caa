package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.file.InvalidFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * Conversations from JSON lines or Parquet: {@code {"prompt": .., "response": ..}}, or {@code {"messages": [{"role": .., "content": ..},
 * ..]}} that ends with the assistant's. The last answer is learnt, what stands before it is context.
 *
 * @param tokenizer of the model that learns
 * @param template its conversations' markup; empty for a model that only continues text
 * @param end the token that ends an answer where there is no markup
 */
public record Conversations(Tokenizer tokenizer, Optional<ChatTemplate> template, IntSupplier end) {

    private static final TextFiles.Keys KEYS =
            TextFiles.Keys.oneOf("messages", "prompt").also("response");

    /** The examples of a file, each cut to {@code longest} tokens; those whose answer is cut off whole are left out. */
    public List<Example> read(Path file, int longest) {
        List<Example> examples = new ArrayList<>();
        List<JsonNode> lines = TextFiles.readJson(file, KEYS);
        for (int i = 0; i < lines.size(); i++) {
            Example whole = example(messages(file, i + 1, lines.get(i)));
            int[] ids = Arrays.copyOf(whole.ids(), Math.min(longest, whole.ids().length));
            if (ids.length > whole.start()) {
                examples.add(new Example(ids, whole.start()));
            }
        }
        return examples;
    }

    private static List<Message> messages(Path file, int number, JsonNode line) {
        List<Message> messages = new ArrayList<>();
        if (line.has("prompt") && line.has("response")) {
            messages.add(Message.user(line.path("prompt").asText()));
            messages.add(Message.assistant(line.path("response").asText()));
        }
        for (JsonNode message : line.path("messages")) {
            String content = message.path("content").asText();
            messages.add(
                    switch (message.path("role").asText()) {
                        case "system" -> Message.system(content);
                        case "user" -> Message.user(content);
                        case "assistant" -> Message.assistant(content);
                        default ->
                            throw new InvalidFileException(
                                    file,
                                    "line " + number + ": a role should be system, user or assistant, but is '"
                                            + message.path("role").asText() + "'");
                    });
        }
        if (messages.size() < 2 || !messages.get(messages.size() - 1).equals(Message.assistant(last(messages)))) {
            throw new InvalidFileException(
                    file,
                    "line " + number + " should have a prompt and a response, or messages of which the last is the"
                            + " assistant's");
        }
        return messages;
    }

    private static String last(List<Message> messages) {
        return messages.get(messages.size() - 1).content();
    }

    private Example example(List<Message> messages) {
        List<Message> before = messages.subList(0, messages.size() - 1);
        return template.isPresent()
                ? marked(template.get(), messages, before)
                : plain(before.stream().map(Message::content).toList(), last(messages));
    }

    private Example marked(ChatTemplate markup, List<Message> messages, List<Message> before) {
        int[] prompt = tokenizer.encodeChat(markup, before, true);
        int[] whole = tokenizer.encodeChat(markup, messages, false);
        int same = Arrays.mismatch(prompt, whole);
        if (same >= 0 && same < prompt.length) {
            throw new IllegalArgumentException(
                    "this model's template writes a prompt differently once it is answered; it cannot be fine-tuned");
        }
        return new Example(whole, prompt.length);
    }

    private Example plain(List<String> before, String answer) {
        int[] prompt = tokenizer.encode(String.join("\n", before) + "\n");
        int[] response = tokenizer.encode(answer);
        int[] whole = Arrays.copyOf(prompt, prompt.length + response.length + 1);
        System.arraycopy(response, 0, whole, prompt.length, response.length);
        whole[whole.length - 1] = end.getAsInt();
        return new Example(whole, prompt.length);
    }
}
