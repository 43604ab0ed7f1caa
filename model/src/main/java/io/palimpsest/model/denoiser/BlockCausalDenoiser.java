package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * Computes one block at a time over the keys and values of the finished ones: exact for networks in which no block sees a
 * later one (SDAR, arXiv:2510.06303; BD3-LM, arXiv:2503.09573).
 */
public final class BlockCausalDenoiser implements Denoiser {

    private final CanvasNetwork network;
    private final int maskId;
    private final int block;
    private final Sessions<Session> sessions = new Sessions<>(Session::new);

    /**
     * @param maskId what stands at hidden positions
     * @param block the length of a block; blocks are counted from position 0
     */
    public BlockCausalDenoiser(CanvasNetwork network, int maskId, int block) {
        this.network = network;
        this.maskId = maskId;
        this.block = block;
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        int from = view.span().start() / block * block;
        Session session = sessions.of(view.canvas());
        session.settle(from);
        Tensor logits = session.rows(new Span(from, view.span().end()));
        return logits.narrow(0, view.span().start() - from, view.span().length());
    }

    /** Computes the keys and values of everything before {@code end}; the last row's logits come back. */
    public Tensor settle(Canvas canvas, int end) { // -> (rows, V)
        return sessions.of(canvas).settle(end);
    }

    /** One canvas and what is kept of it. */
    private final class Session implements Sessions.Session {

        private final Canvas canvas;
        private final CanvasCache cache = new CanvasCache();
        private int settled;

        Session(Canvas canvas) {
            this.canvas = canvas;
        }

        Tensor settle(int end) {
            if (end <= settled) {
                return Tensor.zeros(0, 0);
            }
            Tensor logits = rows(new Span(settled, end));
            settled = end;
            return logits;
        }

        Tensor rows(Span span) { // -> (T, V)
            return network.logits(
                            Rows.ids(canvas, span, maskId),
                            Rows.positions(span),
                            cache.rows(span.start(), span.end(), Rows.blockCausal(span, span.end(), block)))
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
