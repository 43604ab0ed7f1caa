package io.palimpsest.model.folder;

import io.palimpsest.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files of version 3 with tensors in F32, as ggml-org/ggml's docs/gguf.md describes them. */
final class GgufWriter {

    private static final int ALIGNMENT = 32;

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    GgufWriter put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    GgufWriter put(String name, Tensor tensor) {
        tensors.put(name, tensor.toFloat());
        return this;
    }

    void write(Path file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(int32(3));
        out.writeBytes(int64(tensors.size()));
        out.writeBytes(int64(metadata.size()));
        metadata.forEach((key, value) -> {
            string(out, key);
            out.writeBytes(int32(type(value)));
            value(out, value);
        });
        long offset = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            string(out, tensor.getKey());
            long[] shape = tensor.getValue().shape();
            out.writeBytes(int32(shape.length));
            for (int i = shape.length - 1; i >= 0; i--) {
                out.writeBytes(int64(shape[i]));
            }
            out.writeBytes(int32(0));
            out.writeBytes(int64(offset));
            offset += (tensor.getValue().numel() * 4 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        for (Tensor tensor : tensors.values()) {
            align(out);
            out.writeBytes(tensor.toBytes());
        }
        align(out);
        Files.write(file, out.toByteArray());
    }

    private static int type(Object value) {
        if (value instanceof Integer) {
            return 4;
        }
        if (value instanceof Float) {
            return 6;
        }
        if (value instanceof Boolean) {
            return 7;
        }
        return value instanceof String ? 8 : 9;
    }

    private static void value(ByteArrayOutputStream out, Object value) {
        if (value instanceof Integer number) {
            out.writeBytes(int32(number));
        } else if (value instanceof Float number) {
            out.writeBytes(int32(Float.floatToIntBits(number)));
        } else if (value instanceof Boolean truth) {
            out.write(truth ? 1 : 0);
        } else if (value instanceof String text) {
            string(out, text);
        } else if (value instanceof List<?> list) {
            out.writeBytes(int32(type(list.get(0))));
            out.writeBytes(int64(list.size()));
            list.forEach(item -> value(out, item));
        }
    }

    private static void string(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(int64(bytes.length));
        out.writeBytes(bytes);
    }

    private static void align(ByteArrayOutputStream out) {
        while (out.size() % ALIGNMENT != 0) {
            out.write(0);
        }
    }

    private static byte[] int32(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static byte[] int64(long value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }
}
