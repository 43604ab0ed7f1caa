package io.palimpsest.tensor.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes files that no writer would write. */
final class HostileFile {

    private HostileFile() {}

    static Path safetensors(Path folder, String header, byte... data) {
        return safetensors(folder, header.getBytes(StandardCharsets.UTF_8), data);
    }

    static Path safetensors(Path folder, byte[] header, byte... data) {
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header).put(data);
        return Resources.write(folder.resolve("hostile.safetensors"), file.array());
    }

    /**
     * A file of the given values one after the other: an Integer takes 4 bytes, a Long 8, a Byte 1, a String its length in
     * 8 bytes and its UTF-8.
     */
    static Path gguf(Path folder, Object... values) {
        return Resources.write(folder.resolve("hostile.gguf"), bytes(values));
    }

    static byte[] littleEndian(long... values) {
        ByteBuffer out = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.asLongBuffer().put(values);
        return out.array();
    }

    private static byte[] bytes(Object... values) {
        ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (Object value : values) {
            if (value instanceof Integer i) {
                out.putInt(i);
            } else if (value instanceof Long l) {
                out.putLong(l);
            } else if (value instanceof Byte b) {
                out.put(b);
            } else if (value instanceof byte[] raw) {
                out.put(raw);
            } else {
                byte[] utf8 = value.toString().getBytes(StandardCharsets.UTF_8);
                out.putLong(utf8.length).put(utf8);
            }
        }
        byte[] file = new byte[out.position()];
        out.flip().get(file);
        return file;
    }
}
