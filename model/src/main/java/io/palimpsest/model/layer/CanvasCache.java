package io.palimpsest.model.layer;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one canvas, position by position, with which a few rows can be computed without the others.
 *
 * <p>Rows write theirs over what stood at their positions and then look at the first {@code visible} ones. The published
 * caches are ways to use it: Fast-dLLM's prefix cache computes all rows behind the settled ones, its dual cache those of a
 * block among stale others (arXiv:2505.22618); block-causal models compute a block at a time, which is exact.
 */
public final class CanvasCache implements AutoCloseable {

    private final List<Tensor> keys = new ArrayList<>(); // (1, Hkv, capacity, D) a layer
    private final List<Tensor> values = new ArrayList<>();
    private int capacity;

    /**
     * Attention of the rows from position {@code from} on over the first {@code visible} positions, under {@code bias}
     * (1, 1, rows, visible).
     */
    public Attend rows(int from, int visible, Tensor bias) {
        return (layer, q, k, v) -> {
            write(layer, from, visible, k, v);
            return Attend.attention(
                    q, keys.get(layer).narrow(2, 0, visible), values.get(layer).narrow(2, 0, visible), bias);
        };
    }

    /** The same where every row sees all of them. */
    public Attend rows(int from, int visible) {
        return (layer, q, k, v) ->
                rows(from, visible, Tensor.zeros(1, 1, q.size(2), visible)).apply(layer, q, k, v);
    }

    private void write(int layer, int from, int visible, Tensor k, Tensor v) {
        reserve(layer, visible, k);
        keys.get(layer).narrow(2, from, k.size(2)).copy_(k);
        values.get(layer).narrow(2, from, v.size(2)).copy_(v);
    }

    private void reserve(int layer, int positions, Tensor like) {
        if (layer == keys.size()) {
            keys.add(room(Math.max(capacity, positions), like));
            values.add(room(Math.max(capacity, positions), like));
        }
        if (keys.get(layer).size(2) < positions) {
            keys.set(layer, grown(keys.get(layer), 2L * positions));
            values.set(layer, grown(values.get(layer), 2L * positions));
        }
        capacity = Math.max(capacity, (int) keys.get(layer).size(2));
    }

    private static Tensor room(long positions, Tensor like) {
        return Scope.keeping(() -> Tensor.zeros(DType.F32, 1, like.size(1), positions, like.size(3)));
    }

    private static Tensor grown(Tensor old, long positions) {
        Tensor larger = room(positions, old);
        larger.narrow(2, 0, old.size(2)).copy_(old);
        old.close();
        return larger;
    }

    @Override
    public void close() {
        keys.forEach(Tensor::close);
        values.forEach(Tensor::close);
        keys.clear();
        values.clear();
        capacity = 0;
    }
}
