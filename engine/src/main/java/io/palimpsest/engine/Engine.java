package io.palimpsest.engine;

import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.likelihood.LikelihoodBound;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.tokenizer.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A model at work. Requests may come from any thread; they are answered one after another on the engine's own, which is the
 * only one that touches the model's memory.
 */
public final class Engine implements AutoCloseable {

    /** How often a text is hidden to estimate how probable it is, unless something else is asked for. */
    public static final int DRAWS = 32;

    private final LanguageModel model;
    private final ExecutorService worker;
    private final Writer writer;

    private Engine(LanguageModel model) {
        this.model = model;
        this.worker = Executors.newSingleThreadExecutor(Engine::thread);
        Denoiser denoiser = model.network().open();
        this.writer = new Writer(model, denoiser);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "palimpsest-engine");
        thread.setDaemon(true);
        return thread;
    }

    /** Loads the model in a folder, or in one GGUF file, for this machine. */
    public static Engine open(Path model) {
        return open(model, Options.defaults());
    }

    /** Loads a model. */
    public static Engine open(Path model, Options options) {
        try (ModelFolder folder = ModelFolder.open(model)) {
            return open(folder, options);
        }
    }

    /** Loads a model whose folder is open, such as one with an adapter of another folder; it may be closed afterwards. */
    public static Engine open(ModelFolder folder, Options options) {
        return new Engine(folder.load(options));
    }

    /** The model: its name, tokenizer, context and traits. */
    public LanguageModel model() {
        return model;
    }

    /** Writes what {@code request} asks for, and waits for it. */
    public Answer generate(Request request) {
        return await(submit(request));
    }

    /** Queues a request; its failure is the future's. */
    public CompletableFuture<Answer> submit(Request request) {
        return run(w -> w.answer(request));
    }

    /** A new conversation with the model's own settings. */
    public Conversation chat() {
        return chat(List.of(), request -> request);
    }

    /** A new conversation that begins with {@code messages}, each request of which is sent as {@code settings} returns it. */
    public Conversation chat(List<Message> messages, UnaryOperator<Request> settings) {
        return new Conversation(this, messages, settings);
    }

    /** The same with {@link #DRAWS} draws and a seed of 0. */
    public Score score(String text) {
        return score(text, DRAWS, 0);
    }

    /**
     * How probable {@code text} is, from the beginning of a document on. For a model with an autoregressive mode it is that
     * mode's exact likelihood, for others a bound on theirs ({@link LikelihoodBound}).
     *
     * @param draws how often each part of the text is hidden to estimate the bound
     * @param seed decides what is hidden
     */
    public Score score(String text, int draws, long seed) {
        return await(run(w -> w.score(text, draws, seed)));
    }

    /**
     * The same for {@code text} behind {@code context}, which is given. Both are cut into tokens together, as they would stand in
     * a document; a token across the border belongs to the context.
     */
    public Score continuation(String context, String text, int draws, long seed) {
        return await(run(w -> w.continuation(context, text, draws, seed)));
    }

    /** The text of token ids, such as those of a frame. */
    public String text(int... ids) {
        return model.tokenizer().decode(ids);
    }

    private <T> CompletableFuture<T> run(Function<Writer, T> work) {
        return CompletableFuture.supplyAsync(() -> work.apply(writer), worker);
    }

    private static <T> T await(CompletableFuture<T> work) {
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

    /** Finishes the requests that were queued, then frees the model. */
    @Override
    public void close() {
        worker.execute(writer::close);
        worker.shutdown();
        boolean interrupted = false;
        while (!worker.isTerminated()) {
            try {
                worker.awaitTermination(1, java.util.concurrent.TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        model.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
