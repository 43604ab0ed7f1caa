package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;

/** The non-linear functions that configurations name. */
public enum Activation {
    GELU {
        @Override
        public Tensor of(Tensor x) {
            return x.gelu();
        }
    },
    GELU_TANH {
        @Override
        public Tensor of(Tensor x) {
            return x.geluTanh();
        }
    },
    RELU {
        @Override
        public Tensor of(Tensor x) {
            return x.relu();
        }
    },
    SILU {
        @Override
        public Tensor of(Tensor x) {
            return x.silu();
        }
    };

    /** The function at every element. */
    public abstract Tensor of(Tensor x);
}
