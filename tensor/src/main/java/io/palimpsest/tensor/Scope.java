package io.palimpsest.tensor;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoDispatchBelowADInplaceOrView;
import org.bytedeco.pytorch.GradMode;

/**
 * Owns the native memory of every tensor made between its opening and its closing brace, on the calling thread.
 *
 * <p>There are three lifetimes: the model's (weights, made outside any scope), the request's (caches, kept by their owner)
 * and the step's (all else). A scope stands in the sampler's loop and in the trainer's step; layers have no memory code.
 *
 * <pre>{@code
 * try (Scope memory = Scope.inference()) {
 *     Tensor logits = denoiser.logits(canvas);
 *     ...
 * }   // everything made inside is freed here
 * }</pre>
 */
public final class Scope implements AutoCloseable {

    /**
     * Held for reading while a scope is open, for writing when the JVM ends. The end of the process runs libtorch's own
     * destructors; a thread that is still inside an operation would crash on what they take away. So the end waits for open
     * scopes, for a while, and no new one opens behind it.
     */
    private static final ReentrantReadWriteLock ALIVE = new ReentrantReadWriteLock();

    private static final long PATIENCE_SECONDS = 20;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Scope::awaitOpenScopes, "palimpsest-scopes"));
    }

    private final PointerScope pointers = new PointerScope();
    private final boolean gradients = GradMode.is_enabled();
    private final Optional<AutoDispatchBelowADInplaceOrView> direct;

    private Scope(boolean recordGradients, boolean direct) {
        ALIVE.readLock().lock();
        GradMode.set_enabled(recordGradients);
        this.direct = direct ? Optional.of(new AutoDispatchBelowADInplaceOrView()) : Optional.empty();
    }

    /**
     * Opens a scope in which gradients are recorded as they were outside. Where they are not, operations also go to their
     * kernels directly, past the bookkeeping of views and versions that only gradients need: a fifth of a small operation.
     */
    public static Scope open() {
        boolean recorded = GradMode.is_enabled();
        return new Scope(recorded, !recorded);
    }

    /** Opens a scope in which gradients are recorded: a training step. */
    public static Scope training() {
        return new Scope(true, false);
    }

    /** Opens a scope in which no gradients are recorded: a denoising step. */
    public static Scope inference() {
        return new Scope(false, false);
    }

    /** Runs {@code body} in a scope of its own and hands its result, and nothing else, to the surrounding one. */
    public static Tensor returning(Supplier<Tensor> body) {
        Tensor result;
        try (Scope scope = open()) {
            result = body.get();
            result.handle().retainReference();
        }
        return adopt(result);
    }

    /**
     * Runs {@code body} in a scope without gradients and keeps its result beyond every scope; the caller owns it and
     * {@linkplain Tensor#close() closes} it, or leaves it to the garbage collector.
     */
    public static Tensor keeping(Supplier<Tensor> body) {
        Tensor result;
        try (Scope scope = inference()) {
            result = body.get();
            result.handle().retainReference();
        }
        return result;
    }

    /** Runs {@code body} without recording gradients; what it makes belongs to the surrounding scope. */
    public static <T> T withoutGradients(Supplier<T> body) {
        boolean before = GradMode.is_enabled();
        GradMode.set_enabled(false);
        try {
            return body.get();
        } finally {
            GradMode.set_enabled(before);
        }
    }

    private static Tensor adopt(Tensor result) {
        PointerScope outer = PointerScope.getInnerScope();
        if (outer != null) {
            outer.attach(result.handle());
            result.handle().releaseReference();
        }
        return result;
    }

    @Override
    public void close() {
        direct.ifPresent(AutoDispatchBelowADInplaceOrView::close);
        GradMode.set_enabled(gradients);
        pointers.close();
        ALIVE.readLock().unlock();
    }

    private static void awaitOpenScopes() {
        try {
            if (!ALIVE.writeLock().tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.getLogger(Scope.class.getName())
                        .log(System.Logger.Level.WARNING, "the process ends in the middle of a native operation");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
