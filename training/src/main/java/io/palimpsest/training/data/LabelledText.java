package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A text and what is known of it.
 *
 * @param tags one for each of its words; none where nobody tagged it
 * @param fields what it says: values by the names of fields
 */
public record LabelledText(String text, List<String> tags, Map<String, String> fields) {

    public LabelledText {
        tags = List.copyOf(tags);
        fields = new TreeMap<>(fields);
    }

    private static final TextFiles.Keys KEYS = new TextFiles.Keys(List.of("text"), List.of("tags", "fields"));

    /** Reads a file of JSON lines with {@code text}, {@code tags} and {@code fields}. */
    public static List<LabelledText> read(Path file) {
        return TextFiles.readJson(file, KEYS).stream()
                .map(line -> of(file, line))
                .toList();
    }

    private static LabelledText of(Path file, JsonNode line) {
        if (!line.path("text").isTextual()) {
            throw new InvalidFileException(file, "each line should have a 'text', but one is " + line);
        }
        List<String> tags = new ArrayList<>();
        line.path("tags").forEach(tag -> tags.add(tag.asText()));
        Map<String, String> fields = new TreeMap<>();
        line.path("fields")
                .properties()
                .forEach(e -> fields.put(e.getKey(), e.getValue().asText()));
        return new LabelledText(line.path("text").asText(), tags, fields);
    }
}
