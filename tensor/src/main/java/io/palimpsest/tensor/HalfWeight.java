package io.palimpsest.tensor;

import org.bytedeco.pytorch.IValue;

/**
 * A linear map with 16-bit floating-point weights over 32-bit rows: FBGEMM's kernel widens the weights on their way into fp32
 * products. Nothing is done to the rows, so that it is the cheapest map for the short rows behind a low-rank factor; and a row's
 * result is the same bits whatever rows stand beside it, since each is summed up by itself, in order.
 */
public final class HalfWeight {

    private static final Operator PREPACK = Operator.named("quantized::linear_prepack_fp16");
    private static final Operator LINEAR = Operator.named("quantized::linear_dynamic_fp16");

    private final IValue packed;

    private HalfWeight(IValue packed) {
        this.packed = packed;
    }

    /** Packs {@code weight} (out, in). */
    public static HalfWeight pack(Tensor weight) {
        try (Scope memory = Scope.inference()) {
            IValue packed = PREPACK.call(new IValue(weight.toFloat().handle()), new IValue());
            return new HalfWeight(packed.retainReference());
        }
    }

    /** {@code x} times the transpose of the weight. */
    public Tensor forward(Tensor x) { // (N, in) -> (N, out)
        return LINEAR.tensor(new IValue(x.handle()), packed);
    }
}
