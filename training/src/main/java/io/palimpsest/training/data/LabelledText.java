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
 * @param spans its constituents, outer ones first; none where nobody parsed it
 */
public record LabelledText(String text, List<String> tags, Map<String, String> fields, List<Constituent> spans) {

    public LabelledText {
        tags = List.copyOf(tags);
        fields = new TreeMap<>(fields);
        spans = List.copyOf(spans);
    }

    private static final TextFiles.Keys KEYS = new TextFiles.Keys(List.of("text"), List.of("tags", "fields", "spans"));

    /** Reads a file of JSON lines with {@code text}, {@code tags}, {@code fields} and {@code spans}, {@code [[from, to, label], ..]}. */
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
        List<Constituent> spans = new ArrayList<>();
        line.path("spans").forEach(span -> spans.add(constituent(file, span)));
        return new LabelledText(line.path("text").asText(), tags, fields, spans);
    }

    private static Constituent constituent(Path file, JsonNode span) {
        try {
            return Constituent.of(span);
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(
                    file, "'spans' should be lists of [first word, word behind, label], but one is " + span, e);
        }
    }
}
