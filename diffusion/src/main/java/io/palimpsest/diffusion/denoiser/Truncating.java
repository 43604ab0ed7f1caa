package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * A denoiser whose distributions are cut to a nucleus (top-p, arXiv:1904.09751) and to the likeliest tokens (top-k) before
 * anything is computed from them, so that confidences are those of the cut ones (Dream, arXiv:2508.15487; SDAR,
 * arXiv:2510.06303).
 *
 * @param topP the share of the distribution that stays, at least the likeliest token
 * @param topK how many tokens stay; 0 for all
 */
public record Truncating(Denoiser denoiser, double topP, int topK) implements Denoiser {

    public Truncating {
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p must be above 0 and at most 1; got " + topP);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top-k must be at least 1, or 0 for all; got " + topK);
        }
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return denoiser.logits(views).stream().map(this::cut).toList();
    }

    private Tensor cut(Tensor logits) { // (n, V)
        Tensor kept = topP < 1 ? nucleus(logits) : logits;
        if (topK <= 0 || topK >= kept.size(1)) {
            return kept;
        }
        Tensor least = kept.topk(topK, -1).values().narrow(1, topK - 1L, 1); // (n, 1)
        return kept.maskedFill(kept.lt(least), Double.NEGATIVE_INFINITY);
    }

    private Tensor nucleus(Tensor logits) { // (n, V)
        Tensor.Top sorted = logits.sort(-1, true);
        Tensor p = sorted.values().softmax(-1);
        Tensor before = p.cumsum(-1).sub(p); // what is likelier than each token
        Tensor out = Tensor.full(topP, 1).lt(before);
        Tensor cut = sorted.values().maskedFill(out, Double.NEGATIVE_INFINITY);
        return cut.gather(1, sorted.indices().sort(-1, false).indices());
    }

    @Override
    public Denoiser leavingOut() {
        return new Truncating(denoiser.leavingOut(), topP, topK);
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }
}
