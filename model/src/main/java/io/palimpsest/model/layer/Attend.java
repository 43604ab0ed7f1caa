package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;

/**
 * Attention as a layer of a network calls it; who may look at whom, and what is remembered, is the implementation's affair.
 *
 * <p>So the same body runs over a whole canvas, over padded batches, block-causally, or over some rows and a
 * {@link CanvasCache} of the others.
 */
public interface Attend {

    /** Attention of layer {@code layer}; heads may share keys and values (arXiv:2305.13245). */
    Tensor apply(int layer, Tensor q, Tensor k, Tensor v); // (B, H, T, D), (B, Hkv, T, D) x 2 -> (B, H, T, D)

    /** The same, where a row sees only others at most {@code reach} positions away. */
    default Tensor near(int layer, int reach, Tensor q, Tensor k, Tensor v) {
        throw new UnsupportedOperationException("this attention knows no windows");
    }

    /** Every row sees every other. */
    static Attend all(int length) {
        return under(Sight.all(length));
    }

    /** Every row of a text sees every other, however long the texts are. */
    static Attend everywhere() {
        return (layer, q, k, v) -> {
            long groups = q.size(1) / k.size(1);
            return Tensor.attention(q, k.repeatInterleave(groups, 1), v.repeatInterleave(groups, 1));
        };
    }

    /** Attention under {@code sight}. */
    static Attend under(Sight sight) {
        Tensor bias = sight.bias(); // once for all layers
        return new Attend() {
            @Override
            public Tensor apply(int layer, Tensor q, Tensor k, Tensor v) {
                return attention(q, k, v, bias);
            }

            @Override
            public Tensor near(int layer, int reach, Tensor q, Tensor k, Tensor v) {
                return attention(q, k, v, sight.within(reach).bias());
            }
        };
    }

    /** Scaled dot-product attention with {@code bias} (B or 1, 1, T, S) added to the scores. */
    static Tensor attention(Tensor q, Tensor k, Tensor v, Tensor bias) {
        long groups = q.size(1) / k.size(1);
        return groups == 1
                ? Tensor.attention(q, k, v, bias)
                : Tensor.attention(q, k.repeatInterleave(groups, 1), v.repeatInterleave(groups, 1), bias);
    }
}
