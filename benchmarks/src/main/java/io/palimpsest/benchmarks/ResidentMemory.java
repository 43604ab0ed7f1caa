package io.palimpsest.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The physical memory of this process, as Linux counts it. */
final class ResidentMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MARKS = Path.of("/proc/self/clear_refs");

    private ResidentMemory() {}

    /** Bytes in memory now. */
    static long now() throws IOException {
        return bytes("VmRSS:");
    }

    /** The most bytes there were in memory, since the process began or {@link #forgetPeak}. */
    static long peak() throws IOException {
        return bytes("VmHWM:");
    }

    /** Makes the memory of now the most there was. */
    static void forgetPeak() throws IOException {
        Files.writeString(MARKS, "5");
    }

    private static long bytes(String key) throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
