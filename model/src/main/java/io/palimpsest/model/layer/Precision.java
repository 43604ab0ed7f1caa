package io.palimpsest.model.layer;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Int8Weight;
import io.palimpsest.tensor.Tensor;

/** What linear maps compute with; everything else is fp32. */
public enum Precision {
    /** The reference. */
    FP32 {
        @Override
        Linear linear(Tensor weight) {
            return Linear.dense(weight, DType.F32);
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
    };

    abstract Linear linear(Tensor weight);
}
