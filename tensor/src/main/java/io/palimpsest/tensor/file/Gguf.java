package io.palimpsest.tensor.file;

import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file, versions 2 and 3: typed metadata, among it a model's configuration and tokenizer, and named tensors, which
 * may be quantised (ggml-org/ggml, docs/gguf.md).
 */
public final class Gguf implements TensorFile {

    private final FileBytes bytes;
    private final GgufHeader header;

    private Gguf(FileBytes bytes, GgufHeader header) {
        this.bytes = bytes;
        this.header = header;
    }

    /** Opens a file and checks its header. */
    public static Gguf open(Path file) {
        FileBytes bytes = FileBytes.open(file);
        try {
            return new Gguf(bytes, GgufHeader.read(bytes));
        } catch (RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    static boolean recognises(FileBytes bytes) {
        return bytes.size() >= 4 && GgufHeader.isMagic(bytes.copy(0, 4));
    }

    @Override
    public Path path() {
        return bytes.file();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** Values are Long (BigInteger from 2^63), Double, Boolean, String, or a List of one of them or of Lists. */
    @Override
    public Map<String, Object> metadata() {
        return header.metadata();
    }

    /** Whether the metadata has {@code key}; tensors are asked for by {@link #has}. */
    public boolean hasKey(String key) {
        return metadata().containsKey(key);
    }

    /** The string at {@code key}. */
    public String string(String key) {
        return value(key, String.class, "a string");
    }

    /** The whole number at {@code key}. */
    public long integer(String key) {
        return value(key, Long.class, "a whole number");
    }

    /** The number at {@code key}, whole or not. */
    public double real(String key) {
        return value(key, Number.class, "a number").doubleValue();
    }

    /** The truth value at {@code key}. */
    public boolean bool(String key) {
        return value(key, Boolean.class, "a truth value");
    }

    /** The strings at {@code key}. */
    public List<String> strings(String key) {
        return list(key, String.class, "a list of strings");
    }

    /** The whole numbers at {@code key}. */
    public long[] integers(String key) {
        return list(key, Long.class, "a list of whole numbers").stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    /** The numbers at {@code key}, whole or not. */
    public double[] reals(String key) {
        return list(key, Number.class, "a list of numbers").stream()
                .mapToDouble(Number::doubleValue)
                .toArray();
    }

    @SuppressWarnings("unchecked") // arrays are of one type, so the first element speaks for all
    private <T> List<T> list(String key, Class<T> element, String expected) {
        List<?> list = value(key, List.class, expected);
        if (!list.isEmpty() && !element.isInstance(list.get(0))) {
            throw unexpected(key, expected, list.get(0).getClass().getSimpleName() + " in a list");
        }
        return (List<T>) list;
    }

    private <T> T value(String key, Class<T> type, String expected) {
        Object value = metadata().get(key);
        if (value == null) {
            List<String> near = NearNames.of(key, metadata().keySet());
            throw new InvalidFileException(
                    path(),
                    "its metadata has no '" + key + "'"
                            + (near.isEmpty() ? "" : "; near it are " + String.join(", ", near)));
        }
        if (!type.isInstance(value)) {
            throw unexpected(
                    key,
                    expected,
                    value instanceof List ? "a list" : value.getClass().getSimpleName());
        }
        return type.cast(value);
    }

    private InvalidFileException unexpected(String key, String expected, String found) {
        return new InvalidFileException(path(), "metadata '" + key + "' should be " + expected + ", but is " + found);
    }

    @Override
    public Tensor read(String name) {
        TensorInfo info = info(name);
        GgmlType type = GgmlType.valueOf(info.type());
        if (type.plain().isPresent()) {
            DType dtype = type.plain().get();
            return bytes.tensor(info.offset(), dtype, info.shape());
        }
        Dequantizer dequantizer = type.dequantizer()
                .orElseThrow(() -> new InvalidFileException(
                        path(),
                        "tensor '" + name + "' is stored as " + type + ", which is not supported; supported are "
                                + GgmlType.supported() + ". Choose another quantisation of this model"));
        return new Dequantization(bytes, info, type, dequantizer).run();
    }

    @Override
    public void close() {
        bytes.close();
    }
}
