package io.palimpsest.tensor.file;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** The types of GGUF's metadata values, in the order of their numbers in files. */
enum GgufValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int bytes;

    GgufValueType(int bytes) {
        this.bytes = bytes;
    }

    /** The bytes a value takes; of strings and arrays the least they can take. */
    int bytes() {
        return bytes;
    }

    /** Whether all values take the same number of bytes. */
    boolean isFixed() {
        return this != STRING && this != ARRAY;
    }

    /** The value at {@code at} of a little-endian buffer. */
    Object decode(ByteBuffer in, int at) {
        return switch (this) {
            case UINT8 -> (long) Byte.toUnsignedInt(in.get(at));
            case INT8 -> (long) in.get(at);
            case UINT16 -> (long) Short.toUnsignedInt(in.getShort(at));
            case INT16 -> (long) in.getShort(at);
            case UINT32 -> Integer.toUnsignedLong(in.getInt(at));
            case INT32 -> (long) in.getInt(at);
            case FLOAT32 -> (double) in.getFloat(at);
            case BOOL -> in.get(at) != 0;
            case UINT64 -> unsigned(in.getLong(at));
            case INT64 -> in.getLong(at);
            case FLOAT64 -> in.getDouble(at);
            case STRING, ARRAY -> throw new IllegalStateException(this + " has no fixed length");
        };
    }

    private static Number unsigned(long bits) {
        if (bits >= 0) {
            return bits;
        }
        return new BigInteger(Long.toUnsignedString(bits));
    }
}
