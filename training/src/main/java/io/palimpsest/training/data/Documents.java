package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * The documents of a file of any size, one after the other: of JSON lines, each line's {@code text} or {@code pages}; of plain
 * text, the whole file, given in pieces of some paragraphs. Names that end in {@code .gz} are unpacked as they are read.
 */
public final class Documents {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PIECE = 4000;

    private Documents() {}

    /**
     * Hears of documents.
     */
    public interface Listener {

        /** A piece of text; {@code last} where a document ends with it. */
        void piece(String text, boolean last);
    }

    /** Reads {@code file}. */
    public static void read(Path file, Listener listener) {
        boolean lines = file.toString().replaceFirst("\\.gz$", "").endsWith(".jsonl");
        try (InputStream in = Files.newInputStream(file);
                InputStream text = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
                BufferedReader reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8))) {
            if (lines) {
                jsonLines(file, reader, line -> {
                    String own = Passages.text(line);
                    if (!own.isBlank()) {
                        listener.piece(own, true);
                    }
                });
            } else {
                plain(reader, listener);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads a file of JSON lines, one object at a time. */
    static void jsonLines(Path file, BufferedReader reader, Consumer<JsonNode> consumer) throws IOException {
        int number = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            number++;
            try {
                consumer.accept(JSON.readTree(line));
            } catch (JsonProcessingException e) {
                throw new InvalidFileException(file, "line " + number + " is not JSON: " + e.getOriginalMessage(), e);
            }
        }
    }

    /** Paragraphs end at empty lines; lines that were broken for print are joined. */
    private static void plain(BufferedReader reader, Listener listener) throws IOException {
        StringBuilder piece = new StringBuilder();
        boolean between = false;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            String words = line.strip();
            if (words.isEmpty()) {
                between = piece.length() > 0;
                continue;
            }
            if (between) {
                piece.append("\n\n");
                if (piece.length() > PIECE) {
                    listener.piece(piece.toString(), false);
                    piece.setLength(0);
                }
                between = false;
            } else if (piece.length() > 0) {
                piece.append(' ');
            }
            piece.append(words);
        }
        listener.piece(piece.toString(), true);
    }
}
