package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** Text to token ids and back. */
final class TextReplay {

    private TextReplay() {}

    static void tokenizer(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Path file = subject.fixture().model().resolve("tokenizer.json");
        String note = test.node().path("note").asText();
        boolean framed = note.contains(" added") && !note.contains("without");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            JsonNode rows = test.node().path("rows");
            for (JsonNode row : rows.isArray() ? rows : test.value("rows")) {
                String text = row.path("text").asText();
                int[] ids = ids(row.path("ids"));
                comparison.exact(
                        "ids of '" + text + "'",
                        framed ? tokenizer.encodeFramed(text) : tokenizer.encodeTemplate(text),
                        ids);
                String decoded = row.path("decoded").asText(text);
                if (row.has("decoded") && !tokenizer.decode(ids, true).equals(decoded)) {
                    comparison.fail("decoded is '" + tokenizer.decode(ids, true) + "', recorded is '" + decoded + "'");
                }
            }
        }
    }

    /** Conversations to text, and that to ids. */
    static void chat(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Path model = subject.fixture().model();
        ChatTemplate template = PublishedModel.chatTemplate(model)
                .orElseThrow(() -> new UnsupportedTestException("the checkpoint has no chat template"));
        try (Tokenizer tokenizer = Tokenizer.open(model.resolve("tokenizer.json"))) {
            for (JsonNode row : conversations(test)) {
                List<Message> messages = StreamSupport.stream(
                                row.path("messages").spliterator(), false)
                        .map(TextReplay::message)
                        .toList();
                String text = template.render(
                        messages, row.path("add_generation_prompt").asBoolean(true));
                if (row.has("text") && !text.equals(row.path("text").asText())) {
                    comparison.fail("rendered is '" + text + "', recorded is '"
                            + row.path("text").asText() + "'");
                }
                if (row.has("ids")) {
                    comparison.exact("ids", tokenizer.encodeTemplate(text), ids(row.path("ids")));
                } else {
                    comparison.exact("ids", tokenizer.encodeTemplate(text), test.ints(test.oneOf("ids", "input_ids")));
                }
            }
        }
    }

    /** What is recorded as rows, as the entry itself, or as its parameters, inputs and outputs. */
    private static Iterable<JsonNode> conversations(RecordedTest test) {
        for (JsonNode rows : List.of(test.node().path("rows"), test.value("rows"))) {
            if (rows.isArray()) {
                return rows;
            }
        }
        if (test.node().has("messages")) {
            return List.of(test.node());
        }
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        test.params().properties().forEach(e -> row.set(e.getKey(), e.getValue()));
        test.values().forEach(row::set);
        if (!row.path("messages").isArray()) {
            throw new UnsupportedTestException("it records no messages");
        }
        return List.of(row);
    }

    private static Message message(JsonNode node) {
        String content = node.path("content").asText();
        return switch (node.path("role").asText()) {
            case "system" -> Message.system(content);
            case "assistant" -> Message.assistant(content);
            default -> Message.user(content);
        };
    }

    static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
