package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Text from disk: UTF-8, packed with gzip where the name ends in {@code .gz}. */
final class TextFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    private TextFiles() {}

    static String read(Path file) {
        try (InputStream in = Files.newInputStream(file);
                InputStream text = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** One JSON object a line. */
    static List<JsonNode> readJsonLines(Path file) {
        List<String> lines = read(file).lines().toList();
        List<JsonNode> objects = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                objects.add(JSON.readTree(lines.get(i)));
            } catch (JsonProcessingException e) {
                throw new InvalidFileException(file, "line " + (i + 1) + " is not JSON: " + e.getOriginalMessage(), e);
            }
        }
        return objects;
    }
}
