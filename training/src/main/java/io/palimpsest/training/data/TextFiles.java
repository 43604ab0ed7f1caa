package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** Text from disk: UTF-8, packed with gzip where the name ends in {@code .gz}. */
final class TextFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    private TextFiles() {}

    /** What is done with a file's text. */
    interface Use {
        void of(BufferedReader text) throws IOException;
    }

    static void open(Path file, Use use) {
        try (InputStream in = Files.newInputStream(file);
                InputStream text = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
                BufferedReader reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8))) {
            use.of(reader);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    static String read(Path file) {
        StringWriter all = new StringWriter();
        open(file, text -> text.transferTo(all));
        return all.toString();
    }

    /**
     * What is read of JSON objects.
     *
     * @param oneOf of these there must be one
     * @param also these where they are there
     */
    record Keys(List<String> oneOf, List<String> also) {

        static Keys oneOf(String... keys) {
            return new Keys(List.of(keys), List.of());
        }

        Keys also(String key) {
            return new Keys(oneOf, List.of(key));
        }

        boolean contain(String key) {
            return oneOf.contains(key) || also.contains(key);
        }
    }

    /** Whether a file consists of JSON objects, by its name: JSON lines or Parquet. */
    static boolean isJson(Path file) {
        return file.toString().replaceFirst("\\.gz$", "").endsWith(".jsonl") || ParquetRows.isParquet(file);
    }

    /** One JSON object a line; of Parquet one a row, with its columns {@code keys}. */
    static List<JsonNode> readJson(Path file, Keys keys) {
        List<JsonNode> objects = new ArrayList<>();
        eachJson(file, keys, objects::add);
        return objects;
    }

    /** The same one at a time, for files of any size. */
    static void eachJson(Path file, Keys keys, Consumer<JsonNode> consumer) {
        if (ParquetRows.isParquet(file)) {
            ParquetRows.of(file).each(keys, consumer);
        } else {
            open(file, text -> eachLine(file, text, consumer));
        }
    }

    private static void eachLine(Path file, BufferedReader text, Consumer<JsonNode> consumer) throws IOException {
        int number = 0;
        for (String line = text.readLine(); line != null; line = text.readLine()) {
            number++;
            try {
                consumer.accept(JSON.readTree(line));
            } catch (JsonProcessingException e) {
                throw new InvalidFileException(file, "line " + number + " is not JSON: " + e.getOriginalMessage(), e);
            }
        }
    }
}
