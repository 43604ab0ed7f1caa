package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Computes one block at a time over the keys and values of the finished ones: exact for networks in which no block sees a
 * later one (SDAR, arXiv:2510.06303; BD3-LM, arXiv:2503.09573).
 */
public final class BlockCausalDenoiser implements Denoiser {

    private final CanvasNetwork network;
    private final int maskId;
    private final int block;
    private final int shift;
    private final Sessions<Session> sessions = new Sessions<>(Session::new);

    /**
     * @param maskId what stands at hidden positions
     * @param block the length of a block; blocks are counted from position 0
     * @param shift 1 where the row before a position predicts its token; a block's first is predicted by the block before
     */
    public BlockCausalDenoiser(CanvasNetwork network, int maskId, int block, int shift) {
        this.network = network;
        this.maskId = maskId;
        this.block = block;
        this.shift = shift;
    }

    /** A denoiser whose rows predict their own tokens. */
    public BlockCausalDenoiser(CanvasNetwork network, int maskId, int block) {
        this(network, maskId, block, 0);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        Span span = view.span();
        int from = span.start() / block * block;
        Session session = sessions.of(view.canvas());
        Tensor before = session.before(from);
        Tensor logits = session.rows(new Span(from, Rows.endOfBlock(span.end(), block, 0, view.canvas())));
        return span.start() - shift < from && from > 0
                ? Tensor.cat(before, logits.narrow(0, 0, span.length() - 1L), 0)
                : Rows.predicting(logits, new Span(span.start() - from, span.end() - from), shift);
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
        private @Nullable Tensor last; // (1, V), of the last settled row

        Session(Canvas canvas) {
            this.canvas = canvas;
        }

        /** Settles everything before {@code from}; what its last row predicts, where rows are shifted. */
        Tensor before(int from) { // -> (1, V)
            if (shift == 0) {
                settle(from);
                return Tensor.zeros(0, 0);
            }
            settled = from == settled ? settled : Math.max(0, Math.min(settled, from - block));
            Tensor logits = settle(from); // (rows, V)
            if (logits.size(0) > 0) {
                keep(logits.narrow(0, logits.size(0) - 1, 1));
            }
            return Objects.requireNonNullElseGet(last, () -> Tensor.zeros(0, 0));
        }

        private void keep(Tensor row) {
            Tensor old = last;
            last = Scope.keeping(row::copy);
            if (old != null) {
                old.close();
            }
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
            if (last != null) {
                last.close();
                last = null;
            }
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
