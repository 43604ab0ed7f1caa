package io.palimpsest.tensor;

import java.util.Locale;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Where tensors are made and computed: one device for the whole process, so that no layer, sampler or objective names it.
 *
 * <p>It is the first CUDA device where libtorch's CUDA build ({@code mvn -Pgpu}) finds one, else the processor; the environment
 * variable {@value #VARIABLE} ({@code cpu} or {@code cuda}) decides otherwise. Files are read into the processor's memory and
 * moved, and what is read out of a tensor is moved back.
 */
public enum Device {
    CPU,
    CUDA;

    /** The environment variable that chooses the device. */
    public static final String VARIABLE = "PALIMPSEST_DEVICE";

    /**
     * The device of this process.
     *
     * @throws IllegalArgumentException if {@value #VARIABLE} names none, or one that libtorch does not find
     */
    public static Device current() {
        return Chosen.DEVICE;
    }

    static Device named(String name, boolean hasCuda) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "", "auto" -> hasCuda ? CUDA : CPU;
            case "cpu" -> CPU;
            case "cuda" -> {
                if (!hasCuda) {
                    throw new IllegalArgumentException(
                            VARIABLE + " is cuda, but libtorch finds no CUDA device. Build with"
                                    + " -Pgpu on a machine with an NVIDIA driver, CUDA and cuDNN, or unset it.");
                }
                yield CUDA;
            }
            default -> throw new IllegalArgumentException(VARIABLE + " must be cpu, cuda or auto; got '" + name + "'.");
        };
    }

    TensorOptions options(DType type) {
        TensorOptions options = new TensorOptions(type.scalar());
        return this == CPU ? options : options.device(new DeviceOptional(new org.bytedeco.pytorch.Device("cuda:0")));
    }

    /** Whether {@code tensor} is in this device's memory. */
    boolean holds(org.bytedeco.pytorch.Tensor tensor) {
        return this == CPU || tensor.is_cuda();
    }

    /** {@code tensor} in this device's memory: itself where it is there already. */
    org.bytedeco.pytorch.Tensor move(org.bytedeco.pytorch.Tensor tensor) {
        return holds(tensor) ? tensor : tensor.cuda();
    }

    /** Waits until everything asked for so far has been computed; the processor computes at once. */
    public static void synchronize() {
        if (current() == CUDA) {
            torch.cuda_synchronize();
        }
    }

    private static final class Chosen {
        static final Device DEVICE = named(System.getenv().getOrDefault(VARIABLE, ""), torch.cuda_is_available());
    }
}
