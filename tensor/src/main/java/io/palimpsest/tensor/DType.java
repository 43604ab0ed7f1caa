package io.palimpsest.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** The type of a tensor's elements, under the names safetensors uses. */
public enum DType {
    F64(8, ScalarType.Double),
    F32(4, ScalarType.Float),
    F16(2, ScalarType.Half),
    BF16(2, ScalarType.BFloat16),
    I64(8, ScalarType.Long),
    I32(4, ScalarType.Int),
    I16(2, ScalarType.Short),
    I8(1, ScalarType.Char),
    U8(1, ScalarType.Byte),
    BOOL(1, ScalarType.Bool);

    private final int bytes;
    private final ScalarType scalar;

    DType(int bytes, ScalarType scalar) {
        this.bytes = bytes;
        this.scalar = scalar;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether the elements are floating-point numbers. */
    public boolean isFloat() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    ScalarType scalar() {
        return scalar;
    }

    static DType of(ScalarType native_) {
        ScalarType interned = native_.intern();
        for (DType type : values()) {
            if (type.scalar == interned) {
                return type;
            }
        }
        throw new IllegalArgumentException("unsupported element type " + interned);
    }
}
