package io.palimpsest.tensor;

import java.util.function.Supplier;
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

    /**
     * Does long sums with one team of threads, OpenMP's: the BLAS library computes on the thread that calls it, and large
     * products in fp32 go to oneDNN instead ({@link Tensor#linear}).
     *
     * <p>Attention calls BLAS from within OpenMP's threads. OpenBLAS does not know that, and splits each of those products
     * between threads of its own, which wait for each other and take the processors from the ones that compute.
     */
    public static <T> T withOneTeam(Supplier<T> work) {
        if (!torch.hasMKLDNN()) {
            return work.get();
        }
        openblas.blas_set_num_threads(1);
        try {
            return work.get();
        } finally {
            openblas.blas_set_num_threads(threads());
        }
    }

    /** Whether operations may use several threads where the BLAS library uses one. */
    static boolean hasOneTeam() {
        return threads() > 1 && openblas.blas_get_num_threads() == 1;
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
