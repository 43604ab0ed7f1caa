package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** Text to token ids and back. */
final class TextReplay {

    private TextReplay() {}

    static void tokenizer(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Path file = subject.fixture().model().resolve("tokenizer.json");
        String note = test.node().path("note").asText();
        boolean framed = note.contains(" added") && !note.contains("without");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            for (JsonNode row : test.node().path("rows")) {
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

    static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
