package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Predicts each token of a block without looking at it, all in one pass (WINO, arXiv:2507.18578): behind the canvas stand the
 * block's positions once more, hidden, where each sees all of the canvas but its own token, and none of which the canvas sees.
 *
 * @param maskId what stands at hidden positions
 */
record ShadowDenoiser(CanvasNetwork network, int maskId) implements Denoiser {

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        Canvas canvas = view.canvas();
        Span span = view.span();
        int length = canvas.length();
        int[] positions = positions(length, span);
        Tensor shadows = Tensor.ids(hidden(span.length()), 1, span.length());
        Tensor ids = Tensor.cat(Rows.ids(canvas, canvas.span(), maskId), shadows, 1);
        Tensor logits =
                network.logits(ids, positions, attend(length, positions)).select(0, 0); // (T + n, V)
        List<Tensor> rows = new ArrayList<>();
        for (int p = span.start(); p < span.end(); p++) {
            rows.add(logits.narrow(0, canvas.isHidden(p) ? p : length + p - span.start(), 1));
        }
        return Tensor.cat(rows, 0);
    }

    private static int[] positions(int length, Span span) {
        int[] positions = Arrays.copyOf(Rows.positions(new Span(0, length)), length + span.length());
        System.arraycopy(Rows.positions(span), 0, positions, length, span.length());
        return positions;
    }

    private int[] hidden(int count) {
        int[] ids = new int[count];
        Arrays.fill(ids, maskId);
        return ids;
    }

    private static Attend attend(int length, int[] positions) {
        Sight sight = Sight.of(1, positions.length, (text, row, other) -> sees(length, positions, row, other));
        Attend everywhere = Attend.under(sight);
        return new Attend() {
            @Override
            public Tensor apply(int layer, Tensor q, Tensor k, Tensor v) {
                return everywhere.apply(layer, q, k, v);
            }

            @Override
            public Tensor near(int layer, int reach, Tensor q, Tensor k, Tensor v) {
                Sight near = sight.and((text, row, other) -> Math.abs(positions[row] - positions[other]) <= reach);
                return Attend.attention(q, k, v, near.bias());
            }
        };
    }

    private static boolean sees(int length, int[] positions, int row, int other) {
        return row < length ? other < length : other >= length || positions[other] != positions[row];
    }

    @Override
    public Denoiser leavingOut() {
        return this;
    }
}
