package io.palimpsest.model.verify;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Fast-dLLM v2 over one canvas (arXiv:2509.26328): the block under work over the keys and values of finished ones, rows
 * shifted by one inside the block. With the block cache only a piece of the block is computed once the piece's first position
 * is written, over what the last pass over the block left.
 */
final class FastDllmV2Denoiser implements Denoiser {

    private final CanvasNetwork network;
    private final int maskId;
    private final int block;
    private final boolean blockCache;
    private final CanvasCache cache = new CanvasCache();
    private int settled;
    private int computed = -1;

    FastDllmV2Denoiser(CanvasNetwork network, int maskId, int block, boolean blockCache) {
        this.network = network;
        this.maskId = maskId;
        this.block = block;
        this.blockCache = blockCache;
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return views.stream().map(this::logits).toList();
    }

    private Tensor logits(View view) { // -> (span length, V)
        int start = view.span().start();
        int from = start / block * block;
        boolean whole = !blockCache || computed != from || view.canvas().isHidden(start);
        computed = from;
        int first = whole ? from : start;
        int end = whole ? from + block : view.span().end();
        Tensor own = rows(view.canvas(), first, end, from + block); // (rows, V)
        Tensor moved = Tensor.cat(own.narrow(0, 0, 1), own.narrow(0, 0, own.size(0) - 1), 0);
        return moved.narrow(0, start - first, view.span().length());
    }

    /** Computes what finished blocks lack up to {@code end}, and the token its last row predicts. */
    int settle(Canvas canvas, int end) {
        try (Scope memory = Scope.inference()) {
            Tensor logits = rows(canvas, settled, end, end);
            settled = end;
            return logits.select(0, logits.size(0) - 1).argmax(-1).toInts()[0];
        }
    }

    private Tensor rows(Canvas canvas, int from, int end, int visible) { // -> (T, V)
        int[] ids = Arrays.stream(Arrays.copyOfRange(canvas.ids(canvas.span()), from, end))
                .map(id -> id == Canvas.NO_TOKEN ? maskId : id)
                .toArray();
        int[] positions = IntStream.range(from, end).toArray();
        return network.logits(
                        Tensor.ids(ids, 1, ids.length), positions, cache.rows(from, visible, bias(from, end, visible)))
                .select(0, 0);
    }

    private Tensor bias(int from, int end, int visible) { // (1, 1, rows, visible)
        float[] values = new float[(end - from) * visible];
        for (int row = from; row < end; row++) {
            for (int other = (row / block + 1) * block; other < visible; other++) {
                values[(row - from) * visible + other] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(values, 1, 1, end - from, visible);
    }

    @Override
    public void close() {
        cache.close();
    }
}
