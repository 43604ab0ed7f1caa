package io.palimpsest.diffusion.likelihood;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Scope;
import java.util.Arrays;

/**
 * The exact likelihood of a span when its tokens are revealed in a given order, one pass a token: any order is a chain rule
 * (any-order autoregressive models, arXiv:2110.02037). What a model says in different orders agrees only as far as it is
 * consistent with itself.
 */
public record AnyOrder(Denoiser denoiser) {

    /**
     * The negative log-likelihood, in nats, of each position of {@code span}, given all else on the canvas and what stands
     * before it in {@code order}.
     *
     * @param order all positions of the span, the first revealed first
     */
    public float[] nats(Canvas text, Span span, int... order) {
        requireOrder(span, order);
        Canvas canvas = Hiding.of(text, text.length(), i -> i >= span.start() && i < span.end());
        float[] nats = new float[span.length()];
        try {
            for (int position : order) {
                nats[position - span.start()] = surprise(canvas, position, text.id(position));
                canvas.commit(position, text.id(position), 1);
            }
        } finally {
            denoiser.release(canvas);
        }
        return nats;
    }

    private float surprise(Canvas canvas, int position, int id) {
        try (Scope memory = Scope.inference()) {
            return Surprise.of(denoiser.logits(canvas, new Span(position, position + 1)), id)[0];
        }
    }

    private static void requireOrder(Span span, int[] order) {
        int[] sorted = Arrays.stream(order).sorted().distinct().toArray();
        boolean all = sorted.length == order.length
                && order.length == span.length()
                && (order.length == 0 || (sorted[0] == span.start() && sorted[sorted.length - 1] == span.end() - 1));
        if (!all) {
            throw new IllegalArgumentException("an order of positions " + span.start() + " to " + (span.end() - 1)
                    + " holds each once; got " + Arrays.toString(order));
        }
    }
}
