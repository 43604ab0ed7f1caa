package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A denoiser that never proposes certain tokens: markup inside a gap, the end of a text before its end. */
public final class Suppressing implements Denoiser {

    private final Denoiser denoiser;
    private final Set<Integer> ids;
    private @Nullable Tensor bias; // (V), 0 or minus infinity
    private @Nullable Suppressing leavingOut;

    /** {@code denoiser} without the tokens {@code ids}; closing this one leaves the other open. */
    public Suppressing(Denoiser denoiser, Set<Integer> ids) {
        this.denoiser = denoiser;
        this.ids = Set.copyOf(ids);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        return denoiser.logits(views).stream()
                .map(logits -> logits.add(bias((int) logits.size(1))))
                .toList();
    }

    private Tensor bias(int vocabulary) {
        Tensor known = bias;
        if (known == null) {
            float[] values = new float[vocabulary];
            ids.stream().filter(id -> id < vocabulary).forEach(id -> values[id] = Float.NEGATIVE_INFINITY);
            known = Scope.keeping(() -> Tensor.of(values));
            bias = known;
        }
        return known;
    }

    @Override
    public Denoiser leavingOut() {
        Suppressing known = leavingOut;
        if (known == null) {
            known = new Suppressing(denoiser.leavingOut(), ids);
            leavingOut = known;
        }
        return known;
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }

    @Override
    public void close() {
        if (bias != null) {
            bias.close();
            bias = null;
        }
        if (leavingOut != null) {
            leavingOut.close();
            leavingOut = null;
        }
    }
}
