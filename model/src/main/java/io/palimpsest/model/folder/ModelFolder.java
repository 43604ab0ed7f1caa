package io.palimpsest.model.folder;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A model's folder (or its one GGUF file), opened but not loaded. */
public final class ModelFolder implements AutoCloseable {

    /** Tokens that end a text wherever a vocabulary has them, most telling of a document's end first. */
    private static final List<String> ENDS =
            List.of("<|endoftext|>", "<|end_of_text|>", "<|im_end|>", "<|eot_id|>", "</s>", "<eos>");

    /** A folder or file as the hub's cache lays it out: repository, commit, file. */
    private static final Pattern SNAPSHOT = Pattern.compile("/models--([^/]+)/snapshots/[0-9a-f]{40}(/[^/]+)?$");

    private final Path path;
    private final Checkpoint checkpoint;
    private final Optional<GatedAdapterFile> adapter;
    private final Family family;

    private ModelFolder(Path path, Checkpoint checkpoint, Optional<GatedAdapterFile> adapter) {
        this.path = path;
        this.checkpoint = checkpoint;
        this.adapter = adapter;
        this.family = Families.of(this);
    }

    /** Opens a folder or a GGUF file: reads headers and configurations, no weights. */
    public static ModelFolder open(Path path) {
        requireExists(path);
        return open(path, () -> Files.isDirectory(path) ? GatedAdapterFile.open(path) : Optional.empty());
    }

    /**
     * The same under the adapter in the folder {@code adapter}, instead of one that lies beside the weights. An adapter that
     * says on which weights it was trained is refused by others.
     */
    public static ModelFolder open(Path path, Path adapter) {
        return open(path, adapter, FileChecksum.remembering());
    }

    static ModelFolder open(Path path, Path adapter, FileChecksum checksum) {
        requireExists(path);
        ModelFolder opened = open(path, () -> Optional.of(GatedAdapterFile.require(adapter)));
        try {
            opened.requireBase(checksum);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static ModelFolder open(Path path, Supplier<Optional<GatedAdapterFile>> adapters) {
        Checkpoint checkpoint = checkpointAt(path);
        Optional<GatedAdapterFile> adapter = Optional.empty();
        try {
            adapter = adapters.get();
            return new ModelFolder(path, checkpoint, adapter);
        } catch (RuntimeException e) {
            adapter.ifPresent(GatedAdapterFile::close);
            checkpoint.close();
            throw e;
        }
    }

    private static void requireExists(Path path) {
        if (!Files.exists(path)) {
            throw new UncheckedIOException(new NoSuchFileException(path.toString()));
        }
    }

    private void requireBase(FileChecksum checksum) {
        GatedAdapterFile given = adapter.orElseThrow();
        if (!family.takesAdapter()) {
            throw new InvalidFileException(
                    given.folder(), "is an adapter for Llama-style models, but " + path + " is " + family.name());
        }
        given.baseSha256().ifPresent(trained -> given.requireTrainedOn(trained, weightsFile(), checksum));
    }

    private static Checkpoint checkpointAt(Path path) {
        if (!Files.isDirectory(path)) {
            return GgufCheckpoint.open(path);
        }
        if (Files.exists(path.resolve("config.json"))) {
            return TransformersCheckpoint.open(path);
        }
        List<Path> ggufs = ggufs(path);
        if (ggufs.size() != 1) {
            throw new InvalidFileException(
                    path,
                    "a model folder holds a config.json or one GGUF file; this one holds no config.json and "
                            + ggufs.size() + " GGUF files");
        }
        return GgufCheckpoint.open(ggufs.get(0));
    }

    private static List<Path> ggufs(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidFileException(folder, "cannot be listed: " + e.getMessage(), e);
        }
    }

    /**
     * The folder's name, or the file's without its ending; of a snapshot in the hub's cache the repository's. An
     * adapter of another folder adds that folder's.
     */
    public String name() {
        String own = ownName();
        return adapter.map(file -> file.folder().toAbsolutePath().normalize())
                .filter(folder -> !folder.equals(path.toAbsolutePath().normalize()))
                .map(folder -> own + "+" + folder.getFileName())
                .orElse(own);
    }

    private String ownName() {
        Path whole = path.toAbsolutePath().normalize();
        Matcher cached = SNAPSHOT.matcher(whole.toString().replace('\\', '/'));
        if (cached.find()) {
            return cached.group(1).replace("--", "/")
                    + Objects.requireNonNullElse(cached.group(2), "").replaceFirst("(?i)\\.gguf$", "");
        }
        Path last = whole.getFileName();
        return last == null ? path.toString() : last.toString().replaceFirst("(?i)\\.gguf$", "");
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    Optional<GatedAdapterFile> adapter() {
        return adapter;
    }

    /** What is in it, for people. */
    public Description description() {
        return Description.of(this, family);
    }

    /** Loads it for this machine. */
    public LanguageModel load() {
        return load(Options.defaults());
    }

    /**
     * Loads it: the tokenizer, the template and the weights at the same time, each layer's on a thread of its own as far as
     * there are processors. The number of threads that operations may use is set for the whole process.
     */
    public LanguageModel load(Options options) {
        CompletableFuture<Tokenizer> tokenizer = beside(checkpoint::tokenizer);
        CompletableFuture<Optional<ChatTemplate>> template = beside(checkpoint::template);
        try {
            Precision precision = options.chosenPrecision();
            int threads = options.chosenThreads();
            Cpu.threads(1); // each layer is loaded by one thread: more for each of them would only wait
            Network network;
            try {
                network = family.load(this, precision);
            } finally {
                Cpu.threads(threads);
            }
            return model(network, result(tokenizer), result(template), precision);
        } catch (RuntimeException e) {
            var unused = tokenizer.thenAccept(Tokenizer::close);
            throw e;
        }
    }

    /**
     * The autoregressive body alone, without an adapter: what is adapted and calibrated.
     *
     * @param smoothing activation smoothing for 8 bits ({@code name.smoothing}); empty for none
     */
    public Llama base(Precision precision, Optional<Weights> smoothing) {
        return GatedLlamaFamily.base(this, precision, smoothing);
    }

    /** The tokenizer. */
    public Tokenizer tokenizer() {
        return checkpoint.tokenizer();
    }

    /** The multiplications that linear maps take for one row of a canvas, counted from the shapes of the weights. */
    public long multiplicationsPerRow() {
        return RowCost.of(checkpoint.tensors().tensors().values(), checkpoint.config());
    }

    /** The file with the weights, or the index of several. */
    public Path weightsFile() {
        return checkpoint.tensors().path();
    }

    private LanguageModel model(
            Network network, Tokenizer tokenizer, Optional<ChatTemplate> template, Precision precision) {
        Configuration config = checkpoint.config();
        int vocabulary = config.integer("vocab_size", 1, 1 << 24);
        if (tokenizer.size() > vocabulary) {
            throw config.wrong("vocab_size", "at least " + tokenizer.size() + ", the tokenizer's size", vocabulary);
        }
        return new LanguageModel(
                name(),
                network,
                family.traits(this),
                tokenizer,
                template,
                stopIds(tokenizer, vocabulary),
                boundary(tokenizer, vocabulary),
                context(config),
                precision);
    }

    /** The longest text, by the name that the model's family has for it. */
    private static int context(Configuration config) {
        String key = Stream.of("max_sequence_length", "model_length")
                .filter(config::has)
                .findFirst()
                .orElse("max_position_embeddings");
        return config.integer(key, 1, 1 << 24);
    }

    private Set<Integer> stopIds(Tokenizer tokenizer, int vocabulary) {
        Set<Integer> ids = new TreeSet<>();
        checkpoint.stopIds().stream().filter(id -> id >= 0 && id < vocabulary).forEach(ids::add);
        ENDS.forEach(end -> tokenizer.id(end).ifPresent(ids::add));
        return ids;
    }

    private int boundary(Tokenizer tokenizer, int vocabulary) {
        OptionalInt end = ENDS.stream()
                .map(tokenizer::id)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
        return end.orElseGet(() -> checkpoint.config().integer("bos_token_id", 0, vocabulary - 1, 0));
    }

    /** A thread of its own, since the common pool is busy with weights. */
    private static <T> CompletableFuture<T> beside(Supplier<T> work) {
        Executor thread = task -> {
            Thread worker = new Thread(task, "palimpsest-load");
            worker.setDaemon(true);
            worker.start();
        };
        return CompletableFuture.supplyAsync(work, thread);
    }

    private static <T> T result(CompletableFuture<T> work) {
        try {
            return work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Closes its files; what was loaded stays. */
    @Override
    public void close() {
        adapter.ifPresent(GatedAdapterFile::close);
        checkpoint.close();
    }
}
