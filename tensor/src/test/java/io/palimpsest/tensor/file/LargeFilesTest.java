package io.palimpsest.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.tensor.Scope;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of 3 GiB that take no room on the disk, since nothing but their ends is written. */
class LargeFilesTest {

    private static final long GAP = 3L << 30;

    @TempDir
    Path folder;

    @Test
    void safetensors_are_read_beyond_2_gib() throws IOException {
        String header = "{\"gap\":{\"dtype\":\"U8\",\"shape\":[3,1073741824],\"data_offsets\":[0,%d]},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}";
        Path file = HostileFile.safetensors(folder, header.formatted(GAP, GAP, GAP + 4));
        append(file, GAP, 0, 0, (byte) 0x80, 0x3F);
        try (Scope memory = Scope.inference();
                TensorFile large = TensorFile.open(file)) {
            assertThat(large.read("gap").numel()).isEqualTo(GAP);
            assertThat(large.read("x").item()).isEqualTo(1);
        }
    }

    @Test
    void gguf_is_read_beyond_2_gib() throws IOException {
        Object[] header = {0x46554747, 3, 2L, 0L, "f", 1, 1L, 0, GAP, "q", 1, 32L, 8, GAP + 32};
        Path file = HostileFile.gguf(folder, header); // 24 + 2 x 33 bytes: the data starts at 96
        append(file, GAP + 6, 0, 0, (byte) 0x80, 0x3F);
        append(file, 28, 0, 0x3C, 5, 6); // the Q8_0 block: d = 1, then q
        append(file, 29, 7);
        try (Scope memory = Scope.inference();
                TensorFile large = TensorFile.open(file)) {
            assertThat(large.read("f").item()).isEqualTo(1);
            assertThat(large.read("q").toFloats()).startsWith(5, 6, 0).endsWith(0, 7);
        }
    }

    /** Leaves {@code gap} bytes after the file's end and writes {@code bytes} behind them. */
    private static void append(Path file, long gap, int... bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(out.length() + gap);
            for (int b : bytes) {
                out.write(b);
            }
        }
    }
}
