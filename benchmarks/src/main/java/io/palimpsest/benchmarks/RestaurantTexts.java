package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.training.scratch.WordVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Makes labelled texts of the E2E restaurant data (Novikova et al., arXiv:1706.09254): each sentence with the parts of speech of its words
 * and with the fields whose value stands in it word for word, since that is what Diffusion-LM counts as success.
 *
 * <pre>RestaurantTexts E2E.jsonl[.gz] LABELLED.jsonl.gz</pre>
 */
public final class RestaurantTexts {

    /** The field whose values, yes and no, do not stand in texts; it keeps the value that the writer was given. */
    static final String NOT_LITERAL = "familyFriendly";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PartsOfSpeech tagger = new PartsOfSpeech();

    private RestaurantTexts() {}

    public static void main(String[] args) throws IOException {
        PackedText.rewriteJson(Path.of(args[0]), Path.of(args[1]), new RestaurantTexts()::labelled);
    }

    private ObjectNode labelled(JsonNode line) {
        String text = line.path("ref").asText().strip().replaceAll("\\s+", " ");
        List<String> words = WordVocabulary.words(text);
        ObjectNode out = JSON.createObjectNode().put("text", text);
        tagger.tags(words).forEach(out.putArray("tags")::add);
        ObjectNode fields = out.putObject("fields");
        line.path("mr").properties().forEach(field -> {
            if (field.getKey().equals(NOT_LITERAL)
                    || says(text, field.getValue().asText())) {
                fields.set(field.getKey(), field.getValue());
            }
        });
        return out;
    }

    /** Whether {@code text} has {@code value} word for word, capitals aside. */
    static boolean says(String text, String value) {
        return text.toLowerCase(Locale.ROOT).contains(value.toLowerCase(Locale.ROOT));
    }
}
