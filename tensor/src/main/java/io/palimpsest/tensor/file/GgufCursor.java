package io.palimpsest.tensor.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;

/**
 * Reads a GGUF header from its start, and believes no length in it: whatever is announced must fit into the bytes that are
 * left, of the file and of the largest header we accept.
 */
final class GgufCursor {

    private static final long LARGEST_HEADER = 1 << 28;
    private static final int WINDOW = 1 << 16;
    private static final int DEEPEST = 4;

    private final FileBytes bytes;
    private final long limit;
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart;

    GgufCursor(FileBytes bytes) {
        this.bytes = bytes;
        this.limit = Math.min(bytes.size(), LARGEST_HEADER);
    }

    /** Where the next value starts in the file. */
    long position() {
        return windowStart + window.position();
    }

    int int32() {
        return need(4).getInt();
    }

    long int64() {
        return need(8).getLong();
    }

    /** A 64-bit number of things of which each takes at least {@code least} bytes. */
    long count(String things, int least) {
        long count = int64();
        if (count < 0 || count > remaining() / least) {
            throw invalid("it announces " + Long.toUnsignedString(count) + " " + things + ", more than fit into the "
                    + remaining() + " bytes left for the header");
        }
        return count;
    }

    /** A string that identifies something: strict UTF-8, not longer than {@code most} bytes. */
    String name(int most, String what) {
        byte[] utf8 = block(what, most);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidFileException(
                    bytes.file(), "a " + what + " before byte " + position() + " is not UTF-8", e);
        }
    }

    /** The type of the value that follows. */
    GgufValueType type(String key) {
        int code = int32();
        GgufValueType[] types = GgufValueType.values();
        if (code < 0 || code >= types.length) {
            throw invalid("metadata '" + key + "' has the unknown value type " + Integer.toUnsignedString(code));
        }
        return types[code];
    }

    /** A value of {@code type}: Long, BigInteger, Double, Boolean, String or List. */
    Object value(GgufValueType type, String key) {
        return value(type, key, 0);
    }

    private Object value(GgufValueType type, String key, int depth) {
        return switch (type) {
            case STRING -> string(key);
            case ARRAY -> array(key, depth + 1);
            default -> fixed(type, 1, key).get(0);
        };
    }

    /** Strings may be anything: some vocabularies hold parts of characters. */
    private String string(String key) {
        return new String(block("string of metadata '" + key + "'", LARGEST_HEADER), StandardCharsets.UTF_8);
    }

    private List<?> array(String key, int depth) {
        if (depth > DEEPEST) {
            throw invalid("metadata '" + key + "' nests arrays deeper than " + DEEPEST);
        }
        GgufValueType type = type(key);
        int count = (int) count("elements of metadata '" + key + "'", type.bytes());
        if (type.isFixed()) {
            return fixed(type, count, key);
        }
        List<Object> values = new ArrayList<>(Math.min(count, WINDOW));
        for (int i = 0; i < count; i++) {
            values.add(value(type, key, depth));
        }
        return Collections.unmodifiableList(values);
    }

    private List<Object> fixed(GgufValueType type, int count, String key) {
        byte[] packed = take(count * type.bytes());
        if (type == GgufValueType.BOOL) {
            for (byte b : packed) {
                if (b != 0 && b != 1) {
                    throw invalid("metadata '" + key + "' holds the truth value " + (b & 0xFF));
                }
            }
        }
        return new Packed(type, count, ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN));
    }

    private byte[] block(String what, long most) {
        long length = int64();
        if (length < 0 || length > most || length > remaining()) {
            throw invalid("a " + what + " announces " + Long.toUnsignedString(length) + " bytes, more than the "
                    + Math.min(most, remaining()) + " it may have");
        }
        return take((int) length);
    }

    private byte[] take(int length) {
        if (length > remaining()) {
            throw ended();
        }
        byte[] out = new byte[length];
        int buffered = Math.min(length, window.remaining());
        window.get(out, 0, buffered);
        if (buffered < length) {
            byte[] rest = bytes.copy(position(), length - buffered);
            System.arraycopy(rest, 0, out, buffered, rest.length);
            moveTo(position() + rest.length);
        }
        return out;
    }

    private ByteBuffer need(int length) {
        if (window.remaining() < length) {
            if (length > remaining()) {
                throw ended();
            }
            moveTo(position());
        }
        return window;
    }

    private void moveTo(long position) {
        int length = (int) Math.min(WINDOW, limit - position);
        window = ByteBuffer.wrap(bytes.copy(position, length)).order(ByteOrder.LITTLE_ENDIAN);
        windowStart = position;
    }

    private long remaining() {
        return limit - position();
    }

    private InvalidFileException ended() {
        return invalid("its header goes on after "
                + (limit == bytes.size()
                        ? "the end of the file; it was not downloaded completely"
                        : LARGEST_HEADER + " bytes, which is more than any model needs"));
    }

    /** Says what is wrong at the current position. */
    InvalidFileException invalid(String what) {
        return new InvalidFileException(bytes.file(), "header, before byte " + position() + ": " + what);
    }

    /** Numbers in the form the file has them: a small file must not become large in memory. */
    private static final class Packed extends AbstractList<Object> implements RandomAccess {
        private final GgufValueType type;
        private final int count;
        private final ByteBuffer values;

        Packed(GgufValueType type, int count, ByteBuffer values) {
            this.type = type;
            this.count = count;
            this.values = values;
        }

        @Override
        public Object get(int index) {
            return type.decode(values, index * type.bytes());
        }

        @Override
        public int size() {
            return count;
        }
    }
}
