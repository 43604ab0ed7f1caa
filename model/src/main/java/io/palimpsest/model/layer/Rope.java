package io.palimpsest.model.layer;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;

/**
 * Rotary position embedding (RoFormer, arXiv:2104.09864): turns pairs of channels by an angle that grows with the position.
 *
 * <p>Channel i is paired with channel i + D/2 ("rotate half", as Hugging Face checkpoints have it).
 *
 * @param inverseFrequencies theta^(-2i/D) for i = 0 .. D/2 - 1, as (D/2)
 */
public record Rope(Tensor inverseFrequencies) {

    public static Rope of(int headDim, double theta) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) (1.0 / Math.pow(theta, 2.0 * i / headDim));
        }
        return new Rope(Tensor.of(frequencies));
    }

    /** The turns for rows that stand at {@code positions}. */
    public Turn at(int... positions) {
        Tensor angle =
                Tensor.ids(positions).to(DType.F32).unsqueeze(1).mul(inverseFrequencies.unsqueeze(0)); // (N, D/2)
        Tensor cos = angle.cos();
        Tensor sin = angle.sin();
        return new Turn(
                Tensor.cat(cos, cos, 1).unsqueeze(1),
                Tensor.cat(sin.neg(), sin, 1).unsqueeze(1),
                (int) inverseFrequencies.size(0));
    }

    /** The cosines and signed sines of some rows, each (N, 1, R), where the first R of D channels are turned. */
    public record Turn(Tensor cos, Tensor sin, int half) {

        public Tensor apply(Tensor x) { // (N, H, D) -> (N, H, D)
            long rotary = 2L * half;
            long rest = x.size(-1) - rotary;
            return rest == 0
                    ? rotated(x)
                    : Tensor.cat(rotated(x.narrow(-1, 0, rotary)), x.narrow(-1, rotary, rest), -1);
        }

        private Tensor rotated(Tensor x) { // (N, H, R) -> (N, H, R)
            return x.mul(cos).addcmul(x.roll(half, -1), sin);
        }
    }
}
