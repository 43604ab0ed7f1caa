package io.palimpsest.tensor;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products in fp32 whose rows OpenMP's threads share: a linear map is a convolution of an image one pixel wide, and libtorch
 * gives convolutions to oneDNN where it gives products to BLAS. Gradients are oneDNN's too.
 */
final class SharedProduct {

    /** libtorch leaves smaller images of its own accord to BLAS. */
    private static final long SMALLEST = 20_480;

    private SharedProduct() {}

    /** Whether BLAS would compute this product with fewer threads than oneDNN. */
    static boolean suits(Tensor x, Tensor weight) {
        return x.numel() > SMALLEST && Cpu.hasOneTeam() && isPlain(x) && isPlain(weight);
    }

    private static boolean isPlain(Tensor t) {
        return !t.is_cuda() && DType.of(t.scalar_type()) == DType.F32;
    }

    static Tensor linear(Tensor x, Tensor weight) { // (.., in), (out, in) -> (.., out)
        long in = weight.size(1);
        long out = weight.size(0);
        Tensor image = x.reshape(1, -1, 1, in).permute(0, 3, 1, 2); // (1, in, N, 1): rows lie as they are in memory
        Tensor rows = torch.conv2d(image, weight.reshape(out, in, 1, 1)).permute(0, 2, 3, 1); // (1, N, 1, out)
        long[] shape = x.sizes().vec().get();
        shape[shape.length - 1] = out;
        return rows.reshape(shape);
    }
}
