package io.palimpsest.training.embedding;

import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.LabelledText;
import io.palimpsest.training.scratch.WordVocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A plan's texts in memory, as tokens and labels.
 *
 * @param tokenizer the file with the vocabulary learnt from them
 * @param training texts, {@link Labels#row} each
 * @param heldOut likewise
 */
record PreparedTexts(
        Path tokenizer, int vocabulary, Special special, Labels labels, List<int[]> training, List<int[]> heldOut) {

    /** The numbers of tokens that are no words. */
    record Special(int unknown, int start, int end, int padding) {

        static Special of(Tokenizer tokenizer) {
            return new Special(
                    tokenizer.id(WordVocabulary.UNKNOWN).orElseThrow(),
                    tokenizer.id(WordVocabulary.START).orElseThrow(),
                    tokenizer.id(WordVocabulary.END).orElseThrow(),
                    tokenizer.id(WordVocabulary.PADDING).orElseThrow());
        }
    }

    /**
     * Reads what {@code plan} names.
     *
     * @param sources where its paths start
     * @param folder where the vocabulary goes, and is taken from if it is there
     */
    static PreparedTexts read(EmbeddingPlan plan, Path sources, Path folder) {
        List<LabelledText> training = texts(plan.data().training(), sources);
        List<LabelledText> heldOut = texts(plan.data().heldOut(), sources);
        Path file = vocabulary(training, plan.data().leastCount(), folder);
        Labels labels =
                Labels.of(Stream.concat(training.stream(), heldOut.stream()).toList());
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            Special special = Special.of(tokenizer);
            int length = plan.data().length();
            return new PreparedTexts(
                    file,
                    tokenizer.size(),
                    special,
                    labels,
                    rows(training, tokenizer, special, labels, length),
                    rows(heldOut, tokenizer, special, labels, length));
        }
    }

    private static List<LabelledText> texts(List<String> files, Path sources) {
        return files.stream()
                .flatMap(file -> LabelledText.read(sources.resolve(file)).stream())
                .toList();
    }

    private static Path vocabulary(List<LabelledText> texts, int least, Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (Files.exists(file)) {
            return file;
        }
        WordVocabulary words = new WordVocabulary();
        texts.forEach(text -> words.add(text.text()));
        try {
            Files.createDirectories(folder);
            Path part = folder.resolve(".tokenizer.json.part");
            Files.writeString(part, words.learn(least));
            return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    private static List<int[]> rows(
            List<LabelledText> texts, Tokenizer tokenizer, Special special, Labels labels, int length) {
        List<int[]> rows = new ArrayList<>();
        for (LabelledText text : texts) {
            int[] words = tokenizer.encode(text.text());
            if (words.length + 2 <= length) {
                requireTags(text, words.length);
                requireSpans(text, words.length);
                rows.add(labels.row(framed(words, special, length), text));
            }
        }
        return rows;
    }

    private static void requireTags(LabelledText text, int words) {
        if (!text.tags().isEmpty() && text.tags().size() != words) {
            throw new IllegalArgumentException(
                    "a text of " + words + " words has " + text.tags().size() + " tags: '" + text.text() + "'");
        }
    }

    private static void requireSpans(LabelledText text, int words) {
        text.spans().stream().filter(span -> span.to() > words).findFirst().ifPresent(span -> {
            throw new IllegalArgumentException("a text of " + words + " words has a span from " + span.from() + " to "
                    + span.to() + ": '" + text.text() + "'");
        });
    }

    /** Words between start and end, then padding. */
    private static int[] framed(int[] words, Special special, int length) {
        int[] ids = new int[length];
        Arrays.fill(ids, special.padding());
        ids[0] = special.start();
        System.arraycopy(words, 0, ids, 1, words.length);
        ids[words.length + 1] = special.end();
        return ids;
    }

    /** The tokens alone. */
    List<Example> examples(List<int[]> rows) {
        return rows.stream()
                .map(row -> new Example(Arrays.copyOf(row, labels.tokens(row)), 1))
                .toList();
    }

    /** Tokens, tags, values and spans. */
    static List<Example> labelled(List<int[]> rows) {
        return rows.stream().map(row -> new Example(row, 1)).toList();
    }
}
