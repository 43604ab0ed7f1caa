package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.data.Constituent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The trees that some parser made of texts, and what they say of the texts' words; which parser is its user's choice, and none is part
 * of this build.
 *
 * <pre>
 * SyntaxTrees sentences TEXTS.jsonl[.gz] SENTENCES.txt              # one sentence a line, its words with a space between any two
 * SyntaxTrees spans TEXTS.jsonl[.gz] TREES.txt LABELLED.jsonl.gz    # the texts with their constituents of two words and more
 * </pre>
 *
 * <p>Between the two a parser turns each sentence into one line of Penn-treebank brackets and keeps the words as they are cut. With Stanford
 * CoreNLP 4.5.10 ({@code edu.stanford.nlp:stanford-corenlp} with what it needs, and the same with classifiers {@code models} and
 * {@code models-english}; GPL), which parsed 100 sentences a second on one core by shift and reduce:
 *
 * <pre>
 * java -Xmx6g -cp 'LIB/*' edu.stanford.nlp.pipeline.StanfordCoreNLP -annotators tokenize,pos,parse -tokenize.whitespace -ssplit.eolonly \
 *     -parse.model edu/stanford/nlp/models/srparser/englishSR.ser.gz -outputFormat json -file SENTENCES.txt
 * jq -r '.sentences[].parse | gsub("\\s+"; " ")' SENTENCES.txt.json > TREES.txt
 * </pre>
 */
public final class SyntaxTrees {

    private final Path file;
    private final List<String> lines;
    private int at;

    private SyntaxTrees(Path file, List<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    public static void main(String[] args) throws IOException {
        switch (args[0]) {
            case "sentences" -> writeSentences(texts(Path.of(args[1])), Path.of(args[2]));
            case "spans" -> writeSpans(Path.of(args[1]), open(Path.of(args[2])), Path.of(args[3]));
            default -> throw new IllegalArgumentException("there are sentences and spans, but no '" + args[0] + "'");
        }
    }

    /** Opens a file with one tree a line, which are read from the first to the last; empty lines do not count. */
    static SyntaxTrees open(Path file) {
        try (BufferedReader reader = PackedText.reader(file)) {
            return new SyntaxTrees(file, reader.lines().toList());
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The constituents of the next text: of as many of the next trees as have its words together.
     *
     * @return by the text's words, trees after trees, outer constituents first
     */
    List<Constituent> next(String text) {
        List<String> words = ParserInput.words(text);
        List<Constituent> all = new ArrayList<>();
        int from = 0;
        while (from < words.size()) {
            PennTree tree = tree(text);
            List<String> left = words.subList(from, words.size());
            if (tree.words().isEmpty()
                    || !left.subList(0, Math.min(left.size(), tree.words().size()))
                            .equals(tree.words())) {
                throw wrong(
                        "has other words than its text: " + String.join(" ", tree.words()) + ", where there should be "
                                + String.join(" ", left)
                                + "; the parser must keep words as they are cut, and texts be in the order"
                                + " of the trees");
            }
            for (Constituent c : tree.constituents()) {
                all.add(new Constituent(from + c.from(), from + c.to(), c.label()));
            }
            from += tree.words().size();
        }
        return all;
    }

    private PennTree tree(String text) {
        while (at < lines.size() && lines.get(at).isBlank()) {
            at++;
        }
        at++;
        if (at > lines.size()) {
            throw wrong("should be a tree of '" + text + "', but the file ends before it");
        }
        try {
            return PennTree.parse(lines.get(at - 1));
        } catch (IllegalArgumentException e) {
            throw wrong("is no tree: " + e.getMessage());
        }
    }

    private InvalidFileException wrong(String what) {
        return new InvalidFileException(file, "line " + at + " " + what);
    }

    /** Requires that every tree has been read. */
    void requireEnd() {
        long left = lines.stream().skip(at).filter(line -> !line.isBlank()).count();
        if (left > 0) {
            throw new InvalidFileException(
                    file, "there are " + left + " trees behind those of the last text, from line " + (at + 1) + " on");
        }
    }

    /** Writes the sentences of {@code texts}, one a line. */
    static void writeSentences(List<String> texts, Path to) throws IOException {
        Files.write(
                to,
                texts.stream()
                        .flatMap(text -> ParserInput.sentences(text).stream())
                        .toList());
    }

    private static List<String> texts(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        PackedText.eachJson(file, line -> texts.add(line.path("text").asText()));
        return texts;
    }

    private static void writeSpans(Path from, SyntaxTrees trees, Path to) throws IOException {
        PackedText.rewriteJson(from, to, line -> withSpans(line, trees));
        trees.requireEnd();
    }

    private static ObjectNode withSpans(JsonNode line, SyntaxTrees trees) {
        ObjectNode out = line.deepCopy();
        ArrayNode spans = out.putArray("spans");
        trees.next(line.path("text").asText()).stream()
                .filter(c -> c.length() > 1)
                .forEach(c -> c.addTo(spans));
        return out;
    }
}
