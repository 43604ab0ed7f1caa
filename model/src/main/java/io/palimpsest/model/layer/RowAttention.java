package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;

/**
 * Attention that computes every row by itself, so that a row's result is the same bits whatever rows stand beside it.
 *
 * <p>A matrix product's order of summation may change with its number of rows. Here each row is an item of the batch: its
 * products always have the same shape. The heads that share keys and values stand together as that item's queries, so
 * nothing is copied for grouped queries, and keys and values are broadcast over rows without a copy.
 */
public final class RowAttention {

    private RowAttention() {}

    /**
     * Attention of {@code q} over the given slots.
     *
     * @param q (N, H, D)
     * @param keys (Hkv, S, D)
     * @param values (Hkv, S, D)
     * @param mask (N, 1, 1, S), added to the scores: 0 where a row may look, minus infinity where not
     * @return (N, H, D)
     */
    public static Tensor apply(Tensor q, Tensor keys, Tensor values, Tensor mask) {
        long n = q.size(0);
        long heads = q.size(1);
        long shared = keys.size(0);
        long slots = keys.size(1);
        long d = q.size(2);
        Tensor grouped = q.reshape(n, shared, heads / shared, d); // (N, Hkv, H/Hkv, D)
        Tensor k = keys.unsqueeze(0).expand(n, shared, slots, d);
        Tensor v = values.unsqueeze(0).expand(n, shared, slots, d);
        return Tensor.attention(grouped, k, v, mask).reshape(n, heads, d);
    }
}
