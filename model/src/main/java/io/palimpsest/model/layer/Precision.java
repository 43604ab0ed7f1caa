package io.palimpsest.model.layer;

import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Device;
import io.palimpsest.tensor.HalfWeight;
import io.palimpsest.tensor.Int8Weight;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.function.Function;

/** What linear maps compute with; everything else is fp32. */
public enum Precision {
    /** The reference. */
    FP32 {
        @Override
        Linear linear(Tensor weight) {
            return Linear.dense(weight, DType.F32);
        }
    },
    /** fp32 weights, bf16 products: training on processors with bf16 instructions. */
    MIXED {
        @Override
        Linear linear(Tensor weight) {
            return new Linear.Master(Scope.keeping(weight::copy), DType.BF16);
        }
    },
    /** Half the memory; fast only where the processor has bf16 instructions. */
    BF16 {
        @Override
        Linear linear(Tensor weight) {
            return Linear.dense(weight, DType.BF16);
        }
    },
    /** A quarter of the memory, and the fastest on processors for the few rows of a denoising step. */
    INT8 {
        @Override
        Linear linear(Tensor weight) {
            return new Linear.Int8(Int8Weight.pack(weight));
        }

        @Override
        Linear lowRank(Tensor weight) {
            return new Linear.Half(HalfWeight.pack(weight));
        }

        @Override
        Function<Tensor, Linear> forOutliers() {
            return Cpu.hasExactInt8() ? this::linear : weight -> new Linear.Int8(Int8Weight.packFine(weight));
        }
    };

    /**
     * What this processor does best for the few rows of a denoising step. Measured for 1 to 32 rows, 8 bits are the fastest
     * on AVX2 and AVX-512 processors alike; elsewhere the 8-bit kernel is unproven and fp32 is taken. GPUs are made for bf16.
     */
    public static Precision fastest() {
        if (Device.current() == Device.CUDA) {
            return BF16;
        }
        return Cpu.capability().startsWith("AVX") ? INT8 : FP32;
    }

    abstract Linear linear(Tensor weight);

    /** What makes the second factor of a low-rank map, whose rows are so short that quantising them would be most of the work. */
    Linear lowRank(Tensor weight) {
        return linear(weight);
    }

    /** The type of what is looked up and not multiplied. */
    DType table() {
        return this == FP32 || this == MIXED ? DType.F32 : DType.BF16;
    }

    /** What makes a map whose inputs have outliers. */
    Function<Tensor, Linear> forOutliers() {
        return this::linear;
    }
}
