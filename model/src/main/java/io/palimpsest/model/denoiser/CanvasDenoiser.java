package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/**
 * Computes all there is to see at every step: the whole canvas, or everything up to the block's end where blocks are causal.
 * Each canvas is computed by itself, so that none depends on another's length.
 *
 * @param maskId what stands at hidden positions
 * @param shift 1 where the row before a position predicts its token
 * @param block the length of causal blocks, counted from position {@code -offset}; empty where everything is seen
 * @param offset how many positions of the first block are missing
 */
public record CanvasDenoiser(CanvasNetwork network, int maskId, int shift, OptionalInt block, int offset)
        implements Denoiser {

    /** A denoiser that sees everything. */
    public CanvasDenoiser(CanvasNetwork network, int maskId, int shift) {
        this(network, maskId, shift, OptionalInt.empty(), 0);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        int end = block.isPresent()
                ? Rows.endOfBlock(view.span().end(), block.getAsInt(), offset, view.canvas())
                : view.canvas().length();
        Span seen = new Span(0, end);
        Tensor logits =
                network.logits(Rows.ids(view.canvas(), seen, maskId), Rows.positions(seen), Attend.under(sight(end)));
        return Rows.predicting(logits.select(0, 0), view.span(), shift);
    }

    @Override
    public Denoiser leavingOut() {
        boolean shadowed = block.isEmpty() && shift == 0;
        return shadowed ? new ShadowDenoiser(network, maskId) : Denoiser.super.leavingOut();
    }

    private Sight sight(int length) {
        if (block.isEmpty()) {
            return Sight.all(length);
        }
        int size = block.getAsInt();
        return Sight.of(1, length, (text, row, other) -> (other + offset) / size <= (row + offset) / size);
    }
}
