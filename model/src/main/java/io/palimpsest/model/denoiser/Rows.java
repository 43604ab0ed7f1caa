package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.tensor.Tensor;
import java.util.stream.IntStream;

/** Positions of a canvas as rows of a network. */
final class Rows {

    private Rows() {}

    /** The ids of {@code span}, the mask's where nothing is written. */
    static Tensor ids(Canvas canvas, Span span, int maskId) { // (1, T)
        int[] ids = canvas.ids(span);
        for (int i = 0; i < ids.length; i++) {
            ids[i] = ids[i] == Canvas.NO_TOKEN ? maskId : ids[i];
        }
        return Tensor.ids(ids, 1, ids.length);
    }

    /** The first position behind the block that the one before {@code end} is in; the first block lacks {@code offset}. */
    static int endOfBlock(int end, int block, int offset, Canvas canvas) {
        return Math.min(canvas.length(), (end + offset + block - 1) / block * block - offset);
    }

    static int[] positions(Span span) {
        return IntStream.range(span.start(), span.end()).toArray();
    }

    /** Minus infinity where a row of {@code span} would look into a later block of {@code block}. */
    static Tensor blockCausal(Span span, int visible, int block) { // (1, 1, rows, visible)
        float[] values = new float[span.length() * visible];
        for (int row = 0; row < span.length(); row++) {
            int end = ((span.start() + row) / block + 1) * block;
            for (int other = end; other < visible; other++) {
                values[row * visible + other] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(values, 1, 1, span.length(), visible);
    }

    /** The rows that predict {@code span}: its own, or those before them; the first position has only its own. */
    static Tensor predicting(Tensor logits, Span span, int shift) { // (T, V) -> (span length, V)
        if (shift == 0) {
            return logits.narrow(0, span.start(), span.length());
        }
        if (span.start() > 0) {
            return logits.narrow(0, span.start() - 1L, span.length());
        }
        Tensor own = logits.narrow(0, 0, 1);
        return Tensor.cat(own, logits.narrow(0, 0, span.length() - 1L), 0);
    }
}
