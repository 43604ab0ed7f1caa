package io.palimpsest.tensor.file;

import java.util.Arrays;

/**
 * Where a tensor lies in its file and what it looks like.
 *
 * @param type the stored type, under the name its format gives it: {@code BF16}, {@code Q4_K}
 * @param shape in PyTorch's order, the fastest dimension last
 * @param offset of its first byte from the start of the file
 * @param bytes it occupies there
 */
@SuppressWarnings("ArrayRecordComponent")
public record TensorInfo(String name, String type, long[] shape, long offset, long bytes) {

    public TensorInfo {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** The number of elements. */
    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && name.equals(that.name)
                && type.equals(that.type)
                && Arrays.equals(shape, that.shape)
                && offset == that.offset
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
