package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * Fast-dLLM v2 (arXiv:2509.26328): the block under work over the keys and values of finished ones, rows shifted by one inside
 * the block. With the block cache only a piece of the block is computed once the piece's first position is written, over what
 * the last pass over the block left.
 */
public final class FastDllmV2Denoiser implements Denoiser {

    private final CanvasNetwork network;
    private final int maskId;
    private final int block;
    private final boolean blockCache;
    private final Sessions<Session> sessions = new Sessions<>(Session::new);

    /**
     * @param maskId what stands at hidden positions
     * @param block the length of a block; blocks are counted from position 0
     * @param blockCache whether pieces of the block are computed over stale others
     */
    public FastDllmV2Denoiser(CanvasNetwork network, int maskId, int block, boolean blockCache) {
        this.network = network;
        this.maskId = maskId;
        this.block = block;
        this.blockCache = blockCache;
    }

    /** The way this model goes through a text, in pieces of {@code small}, until it has {@code end} tokens. */
    public FastDllmV2Blocks blocks(int small, int end) {
        return new FastDllmV2Blocks(this, block, small, end);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream()
                .map(view -> sessions.of(view.canvas()).logits(view.span()))
                .toList();
    }

    /** Computes what finished blocks lack up to {@code end}, and the token its last row predicts. */
    int settle(Canvas canvas, int end) {
        return sessions.of(canvas).settle(end);
    }

    /** One canvas and what is kept of it. */
    private final class Session implements Sessions.Session {

        private final Canvas canvas;
        private final CanvasCache cache = new CanvasCache();
        private int settled;
        private int computed = -1;

        Session(Canvas canvas) {
            this.canvas = canvas;
        }

        Tensor logits(Span span) { // -> (span length, V)
            int from = span.start() / block * block;
            boolean whole = !blockCache || computed != from || canvas.isHidden(span.start());
            computed = from;
            int visible = Math.min(from + block, canvas.length());
            Span rows = whole ? new Span(from, visible) : span;
            Span inRows = new Span(span.start() - rows.start(), span.end() - rows.start());
            return Rows.predicting(rows(rows, visible), inRows, 1);
        }

        int settle(int end) {
            try (Scope memory = Scope.inference()) {
                Tensor logits = rows(new Span(settled, end), end);
                settled = end;
                return logits.select(0, logits.size(0) - 1).argmax(-1).toInts()[0];
            }
        }

        private Tensor rows(Span span, int visible) { // -> (T, V)
            return network.logits(
                            Rows.ids(canvas, span, maskId),
                            Rows.positions(span),
                            cache.rows(span.start(), visible, Rows.blockCausal(span, visible, block)))
                    .select(0, 0);
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    @Override
    public void release(Canvas canvas) {
        sessions.release(canvas);
    }

    @Override
    public void close() {
        sessions.close();
    }
}
