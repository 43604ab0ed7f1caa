package io.palimpsest.tensor;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.GradMode;
import org.jspecify.annotations.Nullable;

/**
 * Gradient checkpointing (arXiv:1604.06174): layers keep nothing but their inputs, and are computed again when gradients reach
 * them. Memory for activations falls to those of one layer, for one more forward pass.
 *
 * <p>While one is open on a thread, every {@link #layer} of that thread works this way; elsewhere layers run as usual, so that
 * networks need not know. Gradients are the same numbers.
 *
 * <pre>{@code
 * try (Scope memory = Scope.training(); Recomputation again = Recomputation.open()) {
 *     again.backward(loss(...));
 * }
 * }</pre>
 */
public final class Recomputation implements AutoCloseable {

    private static final ThreadLocal<@Nullable Recomputation> CURRENT = new ThreadLocal<>();

    /** A layer that has run without gradients. */
    private record Segment(List<Tensor> inputs, Function<List<Tensor>, Tensor> body, Tensor output) {}

    private final List<Segment> segments = new ArrayList<>();
    private final IdentityHashMap<Tensor, Tensor> standIns = new IdentityHashMap<>();

    private Recomputation() {}

    /** Begins for this thread, until it is closed. */
    public static Recomputation open() {
        if (CURRENT.get() != null) {
            throw new IllegalStateException("layers of this thread are already being recomputed");
        }
        Recomputation opened = new Recomputation();
        CURRENT.set(opened);
        return opened;
    }

    /**
     * Runs a layer in a scope of its own.
     *
     * @param inputs everything that gradients flow to, apart from parameters
     * @param body the layer; may be called twice
     */
    public static Tensor layer(List<Tensor> inputs, Function<List<Tensor>, Tensor> body) {
        Recomputation current = CURRENT.get();
        return current == null || !GradMode.is_enabled()
                ? Scope.returning(() -> body.apply(inputs))
                : current.remember(inputs, body);
    }

    private Tensor remember(List<Tensor> inputs, Function<List<Tensor>, Tensor> body) {
        List<Tensor> leaves = inputs.stream().map(this::leaf).toList();
        Tensor output = Scope.returning(() -> Scope.withoutGradients(() -> body.apply(inputs)))
                .requireGrad();
        standIns.put(output, output);
        segments.add(new Segment(leaves, body, output));
        return output;
    }

    /** A tensor that gathers the gradients of {@code input} without its history: the output of a layer is one already. */
    private Tensor leaf(Tensor input) {
        return standIns.computeIfAbsent(
                input, x -> x.requiresGrad() ? x.detach().requireGrad() : x);
    }

    /** Back-propagates from {@code loss} through all layers that have run since this was opened. */
    public void backward(Tensor loss) {
        CURRENT.remove();
        loss.backward();
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.output.hasGrad()) {
                try (Scope memory = Scope.training()) {
                    segment.body.apply(segment.inputs).backward(segment.output.grad());
                }
                segment.output.clearGrad();
            }
        }
        standIns.forEach((input, leaf) -> {
            if (input != leaf && leaf.hasGrad()) {
                input.backward(leaf.grad());
            }
        });
    }

    @Override
    public void close() {
        CURRENT.remove();
    }
}
