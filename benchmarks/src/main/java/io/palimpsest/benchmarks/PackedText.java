package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Files of text, a line at a time. */
final class PackedText {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PackedText() {}

    /** What is done with a line. */
    interface Use {
        void of(JsonNode line) throws IOException;
    }

    /** Opens a file that is packed with gzip where its name ends in {@code .gz}. */
    static BufferedReader reader(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        return new BufferedReader(new InputStreamReader(
                file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
    }

    /** Reads one JSON object a line. */
    static void eachJson(Path file, Use use) throws IOException {
        try (BufferedReader reader = reader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                use.of(JSON.readTree(line));
            }
        }
    }

    /** Writes what {@code change} makes of each line of {@code from}, packed with gzip. */
    static void rewriteJson(Path from, Path to, UnaryOperator<JsonNode> change) throws IOException {
        try (BufferedWriter out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(to)), StandardCharsets.UTF_8))) {
            eachJson(from, line -> {
                out.write(change.apply(line).toString());
                out.newLine();
            });
        }
    }
}
