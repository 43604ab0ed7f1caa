package io.palimpsest.model.layer;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The keys and values of one sequence's settled tokens, layer by layer, and room behind them for those of a step.
 *
 * <p>Rows are written at a slot and stay until another row is written there: a denoising step writes its canvas behind the
 * settled tokens, the next step overwrites it. Capacity grows by doubling in whole chunks, and readers see whole chunks, so that
 * sums over slots are grouped alike whatever the number of rows in a step.
 */
public final class KvCache implements AutoCloseable {

    /** Slots are handed out in multiples of this many up to {@link #LONG}, and in multiples of that many above. */
    private static final int CHUNK = 64;

    /**
     * OpenBLAS sums up to 320 products at a time, and halves what is between that and twice as much: of 384 slots the first 192
     * would be summed up by themselves, of 448 the first 224. Multiples of this are always summed up in parts of this many.
     */
    private static final int LONG = 256;

    private final int layers;
    private final int heads;
    private final int headDim;
    private final List<Tensor> keys = new ArrayList<>(); // (H, capacity, D) a layer
    private final List<Tensor> values = new ArrayList<>();
    private int capacity;

    public KvCache(int layers, int heads, int headDim) {
        this.layers = layers;
        this.heads = heads;
        this.headDim = headDim;
    }

    /** Makes room for {@code slots} slots, keeping what is there. */
    public void reserve(int slots) {
        if (slots <= capacity) {
            return;
        }
        int grown = padded(Math.max(slots, 2 * capacity));
        boolean first = keys.isEmpty();
        for (int layer = 0; layer < layers; layer++) {
            if (first) {
                keys.add(Scope.keeping(() -> Tensor.zeros(DType.F32, heads, grown, headDim)));
                values.add(Scope.keeping(() -> Tensor.zeros(DType.F32, heads, grown, headDim)));
            } else {
                keys.set(layer, grow(keys.get(layer), grown));
                values.set(layer, grow(values.get(layer), grown));
            }
        }
        capacity = grown;
    }

    private Tensor grow(Tensor old, int grown) {
        Tensor larger = Scope.keeping(() -> {
            Tensor fresh = Tensor.zeros(DType.F32, heads, grown, headDim);
            fresh.narrow(1, 0, capacity).copy_(old);
            return fresh;
        });
        old.close();
        return larger;
    }

    /** {@code slots} rounded up to whole chunks. */
    public static int padded(int slots) {
        int chunk = slots <= LONG ? CHUNK : LONG;
        return Math.max(Probe.LEAST, (slots + chunk - 1) / chunk * chunk);
    }

    /** Writes keys and values (N, H, D) of {@code layer} at the slots from {@code slot} on. */
    public void write(int layer, int slot, Tensor k, Tensor v) {
        keys.get(layer).narrow(1, slot, k.size(0)).copy_(k.transpose(0, 1));
        values.get(layer).narrow(1, slot, v.size(0)).copy_(v.transpose(0, 1));
    }

    /** The keys of the first {@code slots} slots. */
    public Tensor keys(int layer, int slots) { // (H, slots, D)
        return keys.get(layer).narrow(1, 0, slots);
    }

    /** The values of the first {@code slots} slots. */
    public Tensor values(int layer, int slots) { // (H, slots, D)
        return values.get(layer).narrow(1, 0, slots);
    }

    /** The bytes of native memory held. */
    public long bytes() {
        return 2L * layers * heads * capacity * headDim * DType.F32.bytes();
    }

    @Override
    public void close() {
        keys.forEach(Tensor::close);
        values.forEach(Tensor::close);
        keys.clear();
        values.clear();
        capacity = 0;
    }

    /** On some processors OpenBLAS has kernels for small products that sum up in another order than those for larger ones. */
    private static final class Probe {

        private static final int D = 64;

        /** The fewest slots that are looked at. */
        static final int LEAST = sumsAlike(CHUNK, 3 * CHUNK) ? CHUNK : 3 * CHUNK;

        private static boolean sumsAlike(int few, int more) {
            try (Scope memory = Scope.inference()) {
                return Arrays.equals(answer(few, few), answer(few, more));
            }
        }

        private static byte[] answer(int visible, int slots) {
            Tensor q = Tensor.randn(Seed.of(1), 1, 1, RowAttention.BLOCK, D);
            Tensor kv = Tensor.randn(Seed.of(2), 1, 1, slots, D); // the first ones are the same for any number
            float[] mask = new float[slots];
            Arrays.fill(mask, visible, slots, Float.NEGATIVE_INFINITY);
            Tensor seen = Tensor.of(mask, 1, 1, 1, slots).expand(1, 1, RowAttention.BLOCK, slots);
            return Tensor.attention(q, kv, kv, seen).toBytes();
        }
    }
}
