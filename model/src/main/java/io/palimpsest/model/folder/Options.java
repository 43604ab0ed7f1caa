package io.palimpsest.model.folder;

import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Device;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model is loaded and run.
 *
 * @param precision what linear maps compute with; empty for what this processor does best ({@link Precision#fastest})
 * @param threads the processor threads an operation may use; empty for one each core, eight at most. The
 *     number holds for the whole process
 */
public record Options(Optional<Precision> precision, OptionalInt threads) {

    /** What one may ask for: far beyond it, native libraries fail without a word. */
    public static final int MOST_THREADS = Cpu.MOST_THREADS;

    /** A denoising step is small: more threads than this wait for each other. */
    private static final int USEFUL_THREADS = 8;

    public Options {
        if (threads.isPresent() && (threads.getAsInt() < 1 || threads.getAsInt() > MOST_THREADS)) {
            throw new IllegalArgumentException(
                    "threads must be between 1 and " + MOST_THREADS + "; got " + threads.getAsInt());
        }
    }

    /** What suits this machine. */
    public static Options defaults() {
        return new Options(Optional.empty(), OptionalInt.empty());
    }

    /** These options with a precision. */
    public Options precision(Precision chosen) {
        return new Options(Optional.of(chosen), threads);
    }

    /** These options with a number of threads. */
    public Options threads(int count) {
        return new Options(precision, OptionalInt.of(count));
    }

    Precision chosenPrecision() {
        Precision chosen = precision.orElseGet(Precision::fastest);
        if (chosen == Precision.INT8 && Device.current() != Device.CPU) {
            throw new IllegalArgumentException(
                    "8-bit weights are computed on the processor only; choose bf16 or fp32 for the" + " GPU, or set "
                            + Device.VARIABLE + "=cpu");
        }
        return chosen;
    }

    /** OpenMP's own variable is respected where it is set: whoever set it knows what else runs on the machine. */
    int chosenThreads() {
        return threads.orElseGet(() -> System.getenv("OMP_NUM_THREADS") != null
                ? Cpu.threads()
                : Math.min(USEFUL_THREADS, Runtime.getRuntime().availableProcessors()));
    }
}
