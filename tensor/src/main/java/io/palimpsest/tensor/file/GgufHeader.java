package io.palimpsest.tensor.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The checked header of a GGUF file. */
record GgufHeader(Map<String, TensorInfo> tensors, Map<String, Object> metadata) {

    private static final int MAGIC = 0x46554747; // "GGUF" read as little-endian
    private static final int MOST_DIMENSIONS = 4;
    private static final int LONGEST_NAME = 65_535;
    private static final int LEAST_PAIR = 8 + 4 + 1; // bytes: an empty key, a type, a truth value
    private static final int LEAST_TENSOR = 8 + 4 + 4 + 8; // bytes: an empty name, no dimensions, a type, an offset
    private static final String ALIGNMENT = "general.alignment";

    static boolean isMagic(byte[] first) {
        return first[0] == 'G' && first[1] == 'G' && first[2] == 'U' && first[3] == 'F';
    }

    static GgufHeader read(FileBytes bytes) {
        return new Parser(bytes).parse();
    }

    private static final class Parser {
        private final Path file;
        private final long fileSize;
        private final GgufCursor in;

        Parser(FileBytes bytes) {
            this.file = bytes.file();
            this.fileSize = bytes.size();
            this.in = new GgufCursor(bytes);
        }

        GgufHeader parse() {
            version();
            long tensorCount = in.count("tensors", LEAST_TENSOR);
            long pairCount = in.count("metadata pairs", LEAST_PAIR);
            Map<String, Object> metadata = metadata(pairCount);
            long alignment = alignment(metadata);
            List<TensorInfo> relative = tensors(tensorCount, alignment);
            long dataStart = roundUp(in.position(), alignment);
            return new GgufHeader(placed(relative, dataStart), Collections.unmodifiableMap(metadata));
        }

        private void version() {
            if (in.int32() != MAGIC) {
                throw in.invalid("a GGUF file starts with the letters GGUF");
            }
            int version = in.int32();
            if (version != 0 && (version & 0xFFFF) == 0) {
                throw in.invalid("it is a big-endian GGUF file; convert it to little-endian");
            }
            if (version != 2 && version != 3) {
                throw in.invalid("GGUF version " + Integer.toUnsignedString(version)
                        + " is not supported, only 2 and 3; convert the model again with a current llama.cpp");
            }
        }

        private Map<String, Object> metadata(long count) {
            Map<String, Object> metadata = new LinkedHashMap<>();
            for (long i = 0; i < count; i++) {
                String key = in.name(LONGEST_NAME, "metadata key");
                GgufValueType type = in.type(key);
                if (metadata.put(key, in.value(type, key)) != null) {
                    throw in.invalid("metadata has the key '" + key + "' twice");
                }
            }
            return metadata;
        }

        private long alignment(Map<String, Object> metadata) {
            Object value = metadata.getOrDefault(ALIGNMENT, 32L);
            if (value instanceof Long alignment
                    && Long.bitCount(alignment) == 1
                    && alignment > 0
                    && alignment <= 1 << 30) {
                return alignment;
            }
            throw in.invalid(ALIGNMENT + " must be a power of two; found " + value);
        }

        private List<TensorInfo> tensors(long count, long alignment) {
            List<TensorInfo> tensors = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                tensors.add(tensor(alignment));
            }
            return tensors;
        }

        private TensorInfo tensor(long alignment) {
            String name = in.name(LONGEST_NAME, "tensor name");
            long[] shape = shape(name);
            int code = in.int32();
            GgmlType type = GgmlType.of(code)
                    .orElseThrow(() -> in.invalid("tensor '" + name + "' has the unknown type "
                            + Integer.toUnsignedString(code) + "; supported are " + GgmlType.supported()));
            long offset = in.int64();
            if (offset < 0 || offset % alignment != 0) {
                throw in.invalid("tensor '" + name + "' has the offset " + Long.toUnsignedString(offset)
                        + ", which is no multiple of the alignment " + alignment);
            }
            return new TensorInfo(name, type.name(), shape, offset, bytes(name, type, shape));
        }

        /** Files list the fastest dimension first. */
        private long[] shape(String name) {
            int dimensions = in.int32();
            if (dimensions < 0 || dimensions > MOST_DIMENSIONS) {
                throw in.invalid("tensor '" + name + "' has " + Integer.toUnsignedString(dimensions)
                        + " dimensions; at most " + MOST_DIMENSIONS + " are allowed");
            }
            long[] shape = new long[dimensions];
            for (int i = dimensions - 1; i >= 0; i--) {
                shape[i] = in.int64();
                if (shape[i] < 0) {
                    throw in.invalid("tensor '" + name + "' has the length " + Long.toUnsignedString(shape[i]));
                }
            }
            return shape;
        }

        private long bytes(String name, GgmlType type, long[] shape) {
            long row = shape.length == 0 ? 1 : shape[shape.length - 1];
            if (row % type.blockElements() != 0) {
                throw in.invalid("tensor '" + name + "' of type " + type + " has rows of " + row
                        + " elements, which is no multiple of " + type.blockElements());
            }
            try {
                long extent = Long.BYTES; // also of an empty tensor, and of the floats it becomes
                long elements = 1;
                for (long length : shape) {
                    extent = Math.multiplyExact(extent, Math.max(length, 1));
                    elements *= length;
                }
                return elements / type.blockElements() * type.blockBytes();
            } catch (ArithmeticException e) {
                throw new InvalidFileException(file, "the shape of tensor '" + name + "' is too large", e);
            }
        }

        private Map<String, TensorInfo> placed(List<TensorInfo> relative, long dataStart) {
            Map<String, TensorInfo> tensors = new LinkedHashMap<>();
            for (TensorInfo tensor : relative) {
                if (tensors.put(tensor.name(), placed(tensor, dataStart)) != null) {
                    throw in.invalid("it has the tensor '" + tensor.name() + "' twice");
                }
            }
            refuseOverlaps(tensors);
            return Collections.unmodifiableMap(tensors);
        }

        private TensorInfo placed(TensorInfo tensor, long dataStart) {
            long room = fileSize - dataStart;
            if (tensor.bytes() > room || tensor.offset() > room - tensor.bytes()) {
                throw new InvalidFileException(
                        file,
                        "tensor '" + tensor.name() + "' needs " + tensor.bytes() + " bytes from byte "
                                + tensor.offset() + " of the data, but only " + Math.max(room, 0)
                                + " bytes follow the header; the file was not downloaded completely");
            }
            return new TensorInfo(
                    tensor.name(), tensor.type(), tensor.shape(), dataStart + tensor.offset(), tensor.bytes());
        }

        private void refuseOverlaps(Map<String, TensorInfo> tensors) {
            long end = 0;
            List<TensorInfo> byOffset = tensors.values().stream()
                    .filter(tensor -> tensor.bytes() > 0)
                    .sorted(Comparator.comparingLong(TensorInfo::offset))
                    .toList();
            for (TensorInfo tensor : byOffset) {
                if (tensor.offset() < end) {
                    throw new InvalidFileException(file, "tensor '" + tensor.name() + "' overlaps the one before it");
                }
                end = tensor.offset() + tensor.bytes();
            }
        }

        private static long roundUp(long position, long alignment) {
            return (position + alignment - 1) / alignment * alignment;
        }
    }
}
