package io.palimpsest.tensor;

import org.bytedeco.pytorch.IValue;

/**
 * A linear map with 8-bit weights, one scale an output channel, and activations quantised row by row.
 *
 * <p>Each row of the input is divided by its largest magnitude before FBGEMM's integer kernel and multiplied back after it,
 * so that every row shares one fixed activation scale: the kernel quantises per row without knowing it, and a row's result
 * is the same bits whatever rows stand beside it. A dynamic scale for the whole tensor would make it depend on them.
 *
 * <p>{@linkplain #pack Plain} activations have 8 bits (7 where the CPU lacks VNNI and its 16-bit accumulators would
 * saturate). {@linkplain #packFine Fine} ones are sent through the kernel as two rows, the rounded value and what rounding
 * lost, for about twice the bits: at the few rows of a denoising step the weights' way from memory is the cost, and the
 * second row rides along.
 */
public final class Int8Weight {

    private static final Operator QUANTISED = Operator.named("aten::_make_per_channel_quantized_tensor");
    private static final Operator PREPACK = Operator.named("quantized::linear_prepack");
    private static final Operator LINEAR = Operator.named("quantized::linear_with_input_q_dq_qweight_dq_output_fp32");

    private final IValue packed;
    private final int inputs;
    private final int outputs;
    private final boolean fine;
    private final Levels levels = Levels.OF_THIS_CPU;

    private Int8Weight(IValue packed, int inputs, int outputs, boolean fine) {
        this.packed = packed;
        this.inputs = inputs;
        this.outputs = outputs;
        this.fine = fine;
    }

    /** Packs {@code weight} (out, in) for rows of 8-bit activations. */
    public static Int8Weight pack(Tensor weight) {
        return pack(weight, false);
    }

    /** Packs {@code weight} (out, in) for rows of activations in two 8-bit parts. */
    public static Int8Weight packFine(Tensor weight) {
        return pack(weight, true);
    }

    /** Rows quantised together: few enough to stay in the processor's cache from one operation to the next. */
    private static final int PIECE = 1024;

    private static Int8Weight pack(Tensor weight, boolean fine) {
        IValue packed;
        try (Scope memory = Scope.inference()) {
            packed = prepack(weight).retainReference();
        }
        return new Int8Weight(packed, (int) weight.size(1), (int) weight.size(0), fine);
    }

    static IValue prepack(Tensor weight) { // (out, in)
        long rows = weight.size(0);
        Tensor scales = Tensor.zeros(DType.F64, rows);
        Tensor levels = Tensor.zeros(DType.I8, weight.shape());
        for (long row = 0; row < rows; row += PIECE) {
            long count = Math.min(PIECE, rows - row);
            try (Scope memory = Scope.inference()) {
                Tensor piece = weight.narrow(0, row, count).toFloat();
                Tensor scale = piece.abs().amax(1, true).clampMin(1e-12).div(127); // (count, 1)
                levels.narrow(0, row, count).copy_(piece.div(scale).round());
                scales.narrow(0, row, count).copy_(scale.squeeze(1));
            }
        }
        IValue quantised = QUANTISED.call(
                new IValue(levels.handle()),
                new IValue(scales.handle()),
                new IValue(Tensor.zeros(DType.I64, rows).handle()),
                new IValue(0L));
        return PREPACK.call(quantised, new IValue());
    }

    public int inputs() {
        return inputs;
    }

    public int outputs() {
        return outputs;
    }

    /** {@code x} times the transpose of the weight. */
    public Tensor forward(Tensor x) { // (N, in) -> (N, out)
        Tensor largest = x.abs().amax(-1, true).clampMin_(1e-12); // (N, 1)
        Tensor unit = x.div(largest); // (N, in), within [-1, 1]
        return (fine ? inTwoParts(unit) : multiply(unit, packed, levels)).mul_(largest);
    }

    private Tensor inTwoParts(Tensor unit) { // (N, in) -> (N, out)
        Tensor coarse = unit.mul(levels.count).round().div(levels.count);
        double rest = 2.0 * levels.count; // what rounding lost is at most half a level
        Tensor lost = unit.sub(coarse).mul(rest);
        Tensor both = multiply(Tensor.cat(coarse, lost, 0), packed, levels); // (2N, out)
        long n = unit.size(0);
        return both.narrow(0, 0, n).add(both.narrow(0, n, n).div(rest));
    }

    static Tensor multiply(Tensor unit, IValue packed, Levels levels) { // (N, in) within [-1, 1] -> (N, out)
        return LINEAR.tensor(new IValue(unit.handle()), levels.scale, levels.zero, packed);
    }

    /** How many levels an activation has on either side of 0, and what the kernel is told of it. */
    static final class Levels {

        /** All that this processor multiplies exactly. */
        static final Levels OF_THIS_CPU = Cpu.hasExactInt8() ? eightBits() : new Levels(63);

        private final int count;
        private final IValue scale;
        private final IValue zero;

        private Levels(int count) {
            this.count = count;
            this.scale = new IValue(1.0 / count).retainReference();
            this.zero = new IValue(count + 1L).retainReference();
        }

        static Levels eightBits() {
            return new Levels(127);
        }
    }

    @Override
    public String toString() {
        return "Int8Weight[" + outputs + ", " + inputs + (fine ? ", fine]" : "]");
    }
}
