package io.palimpsest.tensor;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.global.torch;

/** What this machine's processor does well, found out by trying it once. */
public final class Cpu {

    /** The most threads one may ask for: far beyond it, OpenMP's library ends the process. */
    public static final int MOST_THREADS = 1024;

    private Cpu() {}

    /**
     * Whether 8-bit dot products are exact here. Without VNNI they pass through 16-bit accumulators, which saturate when
     * both factors are large; then activations must leave one bit free.
     */
    public static boolean hasExactInt8() {
        return Probe.EXACT_INT8;
    }

    /** libtorch's vector instruction set: {@code DEFAULT}, {@code AVX2}, {@code AVX512}. */
    public static String capability() {
        return torch.get_cpu_capability().getString();
    }

    /**
     * Sets the number of threads one operation may use, also inside the BLAS library: where the two numbers differ, the
     * threads of one wait for those of the other.
     */
    public static void threads(int n) {
        if (n < 1 || n > MOST_THREADS) {
            throw new IllegalArgumentException("threads must be between 1 and " + MOST_THREADS + "; got " + n);
        }
        torch.set_num_threads(n);
        openblas.blas_set_num_threads(n);
    }

    /** The number of threads one operation may use. */
    public static int threads() {
        return torch.get_num_threads();
    }

    private static final class Probe {
        static final boolean EXACT_INT8 = exactInt8();

        private static boolean exactInt8() {
            try (Scope memory = Scope.inference()) {
                IValue packed = Int8Weight.prepack(Tensor.ones(16, 512));
                double dot = Int8Weight.multiply(Tensor.ones(1, 512), packed, Int8Weight.Levels.eightBits())
                        .select(1, 0)
                        .item();
                return Math.abs(dot - 512) < 1;
            }
        }
    }
}
