package io.palimpsest.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The physical memory of this process, as Linux counts it: heap, weights and libraries. Elsewhere nothing is known. */
public final class ResidentMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MARKS = Path.of("/proc/self/clear_refs");

    private ResidentMemory() {}

    /** Bytes in memory now. */
    public static OptionalLong now() {
        return bytes("VmRSS:");
    }

    /** The most bytes there were in memory, since the process began or {@link #forgetPeak}. */
    public static OptionalLong peak() {
        return bytes("VmHWM:");
    }

    /** Makes the memory of now the most there was. */
    public static void forgetPeak() {
        try {
            Files.writeString(MARKS, "5");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static OptionalLong bytes(String key) {
        if (!Files.exists(STATUS)) {
            return OptionalLong.empty();
        }
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
