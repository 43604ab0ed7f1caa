package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** Plain text in pieces that a model reads at once. */
public final class Passages {

    private static final String TEXT = "text";
    private static final String PAGES = "pages";
    private static final String LANGUAGE = "lang";
    static final TextFiles.Keys KEYS = TextFiles.Keys.oneOf(TEXT, PAGES);

    private Passages() {}

    /**
     * The passages of a file: of running text, paragraphs joined up to {@code characters}; of JSON lines or Parquet, the {@code text} or
     * the {@code pages} of each line whose {@code lang}, where it has one, is English.
     */
    public static List<String> read(Path file, int characters) {
        return TextFiles.isJson(file)
                ? TextFiles.readJson(file, KEYS.also(LANGUAGE)).stream()
                        .filter(line -> line.path(LANGUAGE).asText("en").equals("en"))
                        .map(Passages::text)
                        .filter(text -> !text.isBlank())
                        .toList()
                : joined(TextFiles.read(file), characters);
    }

    static String text(JsonNode line) {
        return line.has(PAGES)
                ? StreamSupport.stream(line.path(PAGES).spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.joining("\n\n"))
                : line.path(TEXT).asText();
    }

    private static List<String> joined(String text, int characters) {
        List<String> passages = new ArrayList<>();
        StringBuilder passage = new StringBuilder();
        for (String paragraph : paragraphs(text)) {
            passage.append(passage.length() == 0 ? "" : "\n\n").append(paragraph);
            if (passage.length() >= characters) {
                passages.add(passage.toString());
                passage.setLength(0);
            }
        }
        if (passage.length() > 0) {
            passages.add(passage.toString());
        }
        return passages;
    }

    /** Lines broken for print become one line. */
    private static List<String> paragraphs(String text) {
        return Arrays.stream(text.split("\\R\\s*\\R"))
                .map(p -> p.strip().replaceAll("\\s*\\R\\s*", " "))
                .filter(p -> !p.isEmpty())
                .toList();
    }

    /** {@code count} of {@code all}, at even distances. */
    public static List<String> spread(List<String> all, int count) {
        int n = Math.min(count, all.size());
        return IntStream.range(0, n)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / n)))
                .toList();
    }
}
