package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * The documents of a file of any size, one after the other: of JSON lines or Parquet, each line's or row's {@code text} or
 * {@code pages}; of plain text, the whole file, given in pieces of some paragraphs. Names that end in {@code .gz} are unpacked
 * as they are read. The column of a Parquet file that stands for {@code text} is named as in {@code wiki.parquet#content}.
 */
public final class Documents {

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
        try {
            if (TextFiles.isJson(file)) {
                TextFiles.eachJson(file, Passages.KEYS, line -> whole(line, listener));
            } else {
                TextFiles.open(file, text -> plain(text, listener));
            }
        } catch (UncheckedIOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static void whole(JsonNode line, Listener listener) {
        String text = Passages.text(line);
        if (!text.isBlank()) {
            listener.piece(text, true);
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
