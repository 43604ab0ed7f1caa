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
}
