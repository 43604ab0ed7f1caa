package io.palimpsest.training.objective;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Device;
import io.palimpsest.tensor.Tensor;

/** Attention of a batch of padded sequences, with gradients; heads may share keys and values (arXiv:2305.13245). */
final class BatchAttention {

    private BatchAttention() {}

    /**
     * The type of attention's products, which follows the base: on processors they are twice as fast in bf16 with gradients as
     * fused attention in fp32.
     */
    static DType compute(Llama body) {
        return body.embedding().dtype() == DType.F32 ? DType.F32 : DType.BF16;
    }

    /**
     * @param q (B, M, H, D)
     * @param k (B, S, Hkv, D)
     * @param v (B, S, Hkv, D)
     * @param mask (B or 1, 1, M, S), added to the scores, in the type of {@code q}
     * @return (B, M, H, D)
     */
    static Tensor apply(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return Device.current() == Device.CPU ? products(q, k, v, mask) : fused(q, k, v, mask);
    }

    /** One kernel that never writes the scores. */
    private static Tensor fused(Tensor q, Tensor k, Tensor v, Tensor mask) {
        long group = q.size(2) / k.size(2);
        Tensor keys = k.repeatInterleave(group, 2).transpose(1, 2); // (B, H, S, D)
        Tensor values = v.repeatInterleave(group, 2).transpose(1, 2);
        Tensor all = mask.expand(q.size(0), q.size(2), q.size(1), k.size(1));
        return Tensor.attention(q.transpose(1, 2), keys, values, all).transpose(1, 2);
    }

    /** The heads that share keys stand together as their queries: two products. */
    private static Tensor products(Tensor q, Tensor k, Tensor v, Tensor mask) {
        long b = q.size(0);
        long m = q.size(1);
        long heads = q.size(2);
        long shared = k.size(2);
        long group = heads / shared;
        long d = q.size(3);
        Tensor queries = q.transpose(1, 2).reshape(b, shared, group * m, d);
        Tensor scores = queries.matmul(k.permute(0, 2, 3, 1)).toFloat().mul(1 / Math.sqrt((double) d));
        Tensor weights = scores.view(b, shared, group, m, k.size(1))
                .add(mask.unsqueeze(1).toFloat())
                .softmax(-1)
                .to(q.dtype())
                .view(b, shared, group * m, k.size(1));
        return weights.matmul(v.transpose(1, 2)).view(b, heads, m, d).transpose(1, 2);
    }

    /** 0 where {@code visible} (.., M, S) holds and minus infinity elsewhere, in {@code type}. */
    static Tensor additive(Tensor visible, DType type) {
        return Tensor.zeros(visible.shape())
                .maskedFill(visible.logicalNot(), Double.NEGATIVE_INFINITY)
                .to(type);
    }
}
