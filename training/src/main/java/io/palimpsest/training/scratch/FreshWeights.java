package io.palimpsest.training.scratch;

import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;

/**
 * The weights of a network that has not been trained, made in the shape each layer asks for.
 *
 * <p>Linear maps are normal with deviation {@code √(1 / inputs)}, halved for the two that end a residual branch; the head, the
 * modulation by noise (adaLN-Zero, arXiv:2212.09748) and all biases are 0, so that every token is as likely as any other at
 * first; norms are 1.
 */
public final class FreshWeights implements Weights {

    private static final double EMBEDDING_DEVIATION = 0.02;

    private final Seed seed;
    private final String prefix;

    /** Weights drawn from {@code seed}. */
    public FreshWeights(Seed seed) {
        this(seed, "");
    }

    private FreshWeights(Seed seed, String prefix) {
        this.seed = seed;
        this.prefix = prefix;
    }

    @Override
    public Weights at(String part) {
        return new FreshWeights(seed, prefix + part + ".");
    }

    @Override
    public boolean has(String name) {
        String whole = prefix + name;
        return !whole.endsWith(".bias") || whole.matches(".*(mlp\\.\\d|linear|adaLN_modulation)\\.bias");
    }

    @Override
    public Tensor get(String name, long... shape) {
        String whole = prefix + name;
        boolean matrix = shape.length == 2;
        if (!matrix) {
            return whole.contains("norm") ? Tensor.ones(shape) : Tensor.zeros(shape);
        }
        if (whole.contains("adaLN_modulation") || whole.contains("output_layer")) {
            return Tensor.zeros(shape);
        }
        return Tensor.randn(seed.child(whole.hashCode()), shape).mul(deviation(whole, shape[1]));
    }

    private static double deviation(String name, long inputs) {
        if (name.endsWith("embedding")) {
            return EMBEDDING_DEVIATION;
        }
        boolean endsBranch = name.endsWith("attn_out.weight") || name.matches(".*blocks\\.\\d+\\.mlp\\.2\\.weight");
        return (endsBranch ? 0.5 : 1) / Math.sqrt((double) inputs);
    }

    @Override
    public Tensor get(String name) {
        throw new UnsupportedOperationException("fresh weights need a shape");
    }

    @Override
    public String describe(String name) {
        return prefix + name + " of a fresh network";
    }
}
