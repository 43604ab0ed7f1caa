package io.palimpsest.training.scratch;

import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.training.data.Documents;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleStore;
import io.palimpsest.training.data.Windows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;

/** A plan's text on disk: its vocabulary, learnt from it or another model's, and its examples as token ids. */
final class PreparedText {

    static final String TRAINING = "training";
    static final String HELD_OUT = "held-out";

    private final ScratchPlan.Data data;
    private final Path sources;
    private final Path folder;
    private final Consumer<String> progress;

    /**
     * @param sources where the plan's paths start
     * @param folder where the result goes
     */
    PreparedText(ScratchPlan.Data data, Path sources, Path folder, Consumer<String> progress) {
        this.data = data;
        this.sources = sources;
        this.folder = folder;
        this.progress = progress;
    }

    /** Makes what is missing, with a vocabulary of {@code size} tokens learnt from the text. */
    void prepare(int size) {
        prepare(() -> {
            progress.accept("learning a vocabulary of " + size + " tokens");
            return vocabulary(size);
        });
    }

    /** Makes what is missing, with the vocabulary of another model. */
    void prepare(Path vocabulary) {
        prepare(() -> Files.readString(vocabulary));
        requireSame(vocabulary);
    }

    private interface Vocabulary {
        String make() throws IOException;
    }

    private void prepare(Vocabulary vocabulary) {
        try {
            Files.createDirectories(folder);
            if (!Files.exists(tokenizer())) {
                Path part = folder.resolve(".tokenizer.json.part");
                Files.writeString(part, vocabulary.make());
                Files.move(part, tokenizer(), StandardCopyOption.ATOMIC_MOVE);
            }
            store(TRAINING, data.training());
            store(HELD_OUT, data.heldOut());
        } catch (IOException e) {
            throw new UncheckedIOException("the text cannot be stored in " + folder, e);
        }
    }

    private void requireSame(Path vocabulary) {
        try {
            if (Files.mismatch(vocabulary, tokenizer()) >= 0) {
                throw new IllegalArgumentException(
                        "the text in " + folder + " was stored for a model with another vocabulary;"
                                + " name another output in the plan, or remove " + folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the vocabularies " + vocabulary + " and " + tokenizer() + " cannot be read", e);
        }
    }

    private String vocabulary(int size) {
        BytePairs pairs = new BytePairs();
        for (String file : data.training()) {
            Documents.read(sources.resolve(file), (piece, last) -> pairs.add(piece));
        }
        return pairs.learn(size);
    }

    private void store(String name, List<String> files) throws IOException {
        if (ExampleStore.exists(folder, name)) {
            return;
        }
        progress.accept("storing the " + name + " text");
        try (Tokenizer tokenizer = openTokenizer();
                ExampleStore.Writer writer = new ExampleStore.Writer(folder, name)) {
            int boundary = tokenizer.id(BytePairs.BOUNDARY).orElseThrow();
            Windows windows = new Windows(boundary, data.length(), example -> add(writer, example));
            for (String file : files) {
                Documents.read(sources.resolve(file), (piece, last) -> windows.add(tokenizer.encode(piece), last));
            }
            writer.finish();
        }
    }

    private static void add(ExampleStore.Writer writer, Example example) {
        try {
            writer.add(example);
        } catch (IOException e) {
            throw new UncheckedIOException("an example cannot be stored", e);
        }
    }

    Path tokenizer() {
        return folder.resolve("tokenizer.json");
    }

    Tokenizer openTokenizer() {
        return Tokenizer.open(tokenizer());
    }

    ExampleStore open(String name) {
        return ExampleStore.open(folder, name);
    }
}
