package io.palimpsest.model.architecture;

import io.palimpsest.model.ModelFileException;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The image tokenizer of MMaDA: MAGVIT-v2 (arXiv:2310.05737), a convolutional decoder of binary codes and, where the checkpoint
 * has one, the encoder that makes them. A code's channels are the bits of its id, the highest first, as -1 and 1.
 *
 * <p>Published configurations are empty, so the tensors say how many levels there are and how wide they are.
 *
 * @param bits how many bits a code has
 */
public record Magvit2(int bits, UnaryOperator<Tensor> decoder, Optional<UnaryOperator<Tensor>> encoder) {

    private static final int GROUPS = 32;
    private static final double EPS = 1e-6;

    /** Reads the networks; {@code weights} are widened to fp32. */
    public static Magvit2 load(Weights weights) {
        int bits = size(weights.at("decoder.post_quant_conv"), 0);
        return new Magvit2(
                bits,
                decoder(weights.at("decoder"), bits),
                weights.has("encoder.conv_in.weight") ? Optional.of(encoder(weights.at("encoder"))) : Optional.empty());
    }

    /** How many codes there are. */
    public int codes() {
        return 1 << bits;
    }

    /** The codes of {@code ids} (B * height * width, row by row) as what the decoder reads. */
    public Tensor embed(int[] ids, int texts, int height, int width) { // -> (B, bits, height, width)
        int area = height * width;
        float[] values = new float[ids.length * bits];
        for (int i = 0; i < ids.length; i++) {
            for (int bit = 0; bit < bits; bit++) {
                boolean set = (ids[i] >> (bits - 1 - bit) & 1) == 1;
                values[(i / area * bits + bit) * area + i % area] = set ? 1 : -1;
            }
        }
        return Tensor.of(values, texts, bits, height, width);
    }

    /** The pixels behind codes, nominally from -1 to 1. */
    public Tensor decode(Tensor codes) { // (B, bits, h, w) -> (B, 3, H, W)
        return decoder.apply(codes);
    }

    /** What the encoder makes of pixels from -1 to 1: numbers whose signs are bits. */
    public Tensor encode(Tensor pixels) { // (B, 3, H, W) -> (B, bits, h, w)
        return encoder.orElseThrow(() -> new IllegalStateException("this checkpoint has no encoder"))
                .apply(pixels);
    }

    /** The ids of what {@link #encode} made, row by row. */
    public int[] ids(Tensor latent) { // (B, bits, h, w)
        int area = (int) (latent.size(2) * latent.size(3));
        float[] values = latent.toFloats();
        int[] ids = new int[values.length / bits];
        for (int i = 0; i < values.length; i++) {
            int bit = i / area % bits;
            ids[i / (area * bits) * area + i % area] |= (values[i] > 0 ? 1 : 0) << (bits - 1 - bit);
        }
        return ids;
    }

    private static UnaryOperator<Tensor> decoder(Weights w, int bits) {
        List<UnaryOperator<Tensor>> parts = new ArrayList<>();
        parts.add(Convolution.load(w.at("post_quant_conv"), bits, bits));
        int channels = size(w.at("conv_in"), 0);
        parts.add(Convolution.load(w.at("conv_in"), bits, channels));
        addMiddle(parts, w.at("mid"), channels);
        for (int level = levels(w, "up") - 1; level >= 0; level--) {
            Weights l = w.at("up." + level);
            channels = addLevel(parts, l, channels);
            if (level > 0) {
                Convolution after = Convolution.load(l.at("upsample.conv"), channels, channels);
                parts.add(x -> after.apply(x.repeatInterleave(2, 2).repeatInterleave(2, 3)));
            }
        }
        addEnd(parts, w, channels, size(w.at("conv_out"), 0));
        return chain(parts);
    }

    private static UnaryOperator<Tensor> encoder(Weights w) {
        List<UnaryOperator<Tensor>> parts = new ArrayList<>();
        int channels = size(w.at("conv_in"), 0);
        parts.add(Convolution.load(w.at("conv_in"), size(w.at("conv_in"), 1), channels));
        int levels = levels(w, "down");
        for (int level = 0; level < levels; level++) {
            Weights l = w.at("down." + level);
            channels = addLevel(parts, l, channels);
            if (level < levels - 1) {
                Convolution after = Convolution.load(l.at("downsample.conv"), channels, channels);
                parts.add(x -> after.halving(padded(x)));
            }
        }
        addMiddle(parts, w.at("mid"), channels);
        int bits = size(w.at("quant_conv"), 0);
        addEnd(parts, w, channels, bits);
        parts.add(Convolution.load(w.at("quant_conv"), bits, bits));
        return chain(parts);
    }

    private static UnaryOperator<Tensor> chain(List<UnaryOperator<Tensor>> parts) {
        return x -> {
            Tensor at = x;
            for (UnaryOperator<Tensor> part : parts) {
                Tensor in = at;
                at = Scope.returning(() -> part.apply(in));
            }
            return at;
        };
    }

    private static void addMiddle(List<UnaryOperator<Tensor>> parts, Weights w, int channels) {
        parts.add(Residual.load(w.at("block_1"), channels));
        parts.add(Attention.load(w.at("attn_1"), channels));
        parts.add(Residual.load(w.at("block_2"), channels));
    }

    private static void addEnd(List<UnaryOperator<Tensor>> parts, Weights w, int channels, int out) {
        Norm norm = Norm.load(w.at("norm_out"), channels);
        parts.add(x -> norm.apply(x).silu());
        parts.add(Convolution.load(w.at("conv_out"), channels, out));
    }

    /** The blocks of one resolution; how many channels they end with comes back. */
    private static int addLevel(List<UnaryOperator<Tensor>> parts, Weights w, int channels) {
        int out = channels;
        for (int i = 0; w.has("block." + i + ".conv1.weight"); i++) {
            Residual block = Residual.load(w.at("block." + i), out);
            out = (int) block.second.weight.size(0);
            parts.add(block);
            if (w.has("attn." + i + ".norm.weight")) {
                parts.add(Attention.load(w.at("attn." + i), out));
            }
        }
        return out;
    }

    private static int levels(Weights w, String name) {
        int levels = 0;
        while (w.has(name + "." + levels + ".block.0.conv1.weight")) {
            levels++;
        }
        return levels;
    }

    private static int size(Weights w, int dim) {
        long[] shape = w.get("weight").shape();
        if (shape.length != 4) {
            throw new ModelFileException(w.describe("weight") + " has shape " + Arrays.toString(shape)
                    + ", but a convolution has four dimensions");
        }
        return (int) shape[dim];
    }

    private static Tensor kept(Weights w, String name, long... shape) {
        return Scope.keeping(() -> w.get(name, shape).toFloat().copy());
    }

    /** Zeros at the right and the bottom, where the published network has them. */
    private static Tensor padded(Tensor x) { // (B, C, Y, X) -> (B, C, Y + 1, X + 1)
        Tensor wide = Tensor.cat(x, Tensor.zeros(x.size(0), x.size(1), x.size(2), 1), 3);
        return Tensor.cat(wide, Tensor.zeros(x.size(0), x.size(1), 1, wide.size(3)), 2);
    }

    /** A convolution that keeps the size of an image. */
    private record Convolution(Tensor weight, Tensor bias) implements UnaryOperator<Tensor> {

        static Convolution load(Weights w, long in, long out) {
            long width = size(w, 3);
            return new Convolution(kept(w, "weight", out, in, width, width), kept(w, "bias", out));
        }

        @Override
        public Tensor apply(Tensor x) {
            return x.conv2d(weight, bias, 1, weight.size(3) / 2);
        }

        Tensor halving(Tensor x) {
            return x.conv2d(weight, bias, 2, 0);
        }
    }

    /** A norm over groups of channels (arXiv:1803.08494). */
    private record Norm(Tensor weight, Tensor bias) implements UnaryOperator<Tensor> {

        static Norm load(Weights w, long channels) {
            return new Norm(kept(w, "weight", channels), kept(w, "bias", channels));
        }

        @Override
        public Tensor apply(Tensor x) {
            return x.groupNorm(GROUPS, weight, bias, EPS);
        }
    }

    /** Two convolutions beside a short cut, which is a convolution where the number of channels changes. */
    private record Residual(
            Norm norm1, Convolution first, Norm norm2, Convolution second, Optional<Convolution> shortcut)
            implements UnaryOperator<Tensor> {

        static Residual load(Weights w, long in) {
            int out = size(w.at("conv1"), 0);
            return new Residual(
                    Norm.load(w.at("norm1"), in),
                    Convolution.load(w.at("conv1"), in, out),
                    Norm.load(w.at("norm2"), out),
                    Convolution.load(w.at("conv2"), out, out),
                    in == out ? Optional.empty() : Optional.of(Convolution.load(w.at("nin_shortcut"), in, out)));
        }

        @Override
        public Tensor apply(Tensor x) {
            Tensor h = first.apply(norm1.apply(x).silu());
            Tensor straight = shortcut.isPresent() ? shortcut.get().apply(x) : x;
            return straight.add(second.apply(norm2.apply(h).silu()));
        }
    }

    /** Attention of every pixel to every other, with one head. */
    private record Attention(Norm norm, Convolution q, Convolution k, Convolution v, Convolution output)
            implements UnaryOperator<Tensor> {

        static Attention load(Weights w, long channels) {
            return new Attention(
                    Norm.load(w.at("norm"), channels),
                    Convolution.load(w.at("q"), channels, channels),
                    Convolution.load(w.at("k"), channels, channels),
                    Convolution.load(w.at("v"), channels, channels),
                    Convolution.load(w.at("proj_out"), channels, channels));
        }

        @Override
        public Tensor apply(Tensor x) {
            Tensor h = norm.apply(x);
            Tensor y = Tensor.attention(rows(q.apply(h)), rows(k.apply(h)), rows(v.apply(h))); // (B, 1, Y X, C)
            return x.add(output.apply(y.squeeze(1).transpose(1, 2).reshape(x.shape())));
        }

        private static Tensor rows(Tensor x) { // (B, C, Y, X) -> (B, 1, Y X, C)
            return x.reshape(x.size(0), x.size(1), -1).transpose(1, 2).unsqueeze(1);
        }
    }
}
