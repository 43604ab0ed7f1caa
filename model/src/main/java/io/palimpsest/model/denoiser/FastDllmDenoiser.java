package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * Computes the whole canvas when a block is begun and then only some rows over what that pass left (Fast-dLLM,
 * arXiv:2505.22618): with the prefix cache the block and all behind it, with the dual cache the block alone.
 *
 * <p>Where rows are shifted, the first of a later pass has only itself, as in the authors' code.
 */
public final class FastDllmDenoiser implements Denoiser {

    private final CanvasNetwork network;
    private final int maskId;
    private final int shift;
    private final boolean dual;
    private final Sessions<Session> sessions = new Sessions<>(canvas -> new Session());

    /** @param dual whether the positions behind the block are kept as well */
    public FastDllmDenoiser(CanvasNetwork network, int maskId, int shift, boolean dual) {
        this.network = network;
        this.maskId = maskId;
        this.shift = shift;
        this.dual = dual;
    }

    /** One canvas's block under work and what is kept. */
    private static final class Session implements Sessions.Session {
        private final CanvasCache cache = new CanvasCache();
        private int block = -1;

        @Override
        public void close() {
            cache.close();
        }
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        Session session = sessions.of(view.canvas());
        boolean opening = session.block != view.span().start();
        session.block = view.span().start();
        int length = view.canvas().length();
        Span rows = opening
                ? new Span(0, length)
                : new Span(view.span().start(), dual ? view.span().end() : length);
        Tensor logits = network.logits(
                        Rows.ids(view.canvas(), rows, maskId),
                        Rows.positions(rows),
                        session.cache.rows(rows.start(), length))
                .select(0, 0);
        Span inRows = new Span(view.span().start() - rows.start(), view.span().end() - rows.start());
        return Rows.predicting(logits, inRows, shift);
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
