package io.palimpsest.training;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;

/** A random diffusion transformer small enough to train in a test; its mask is its last token. */
public final class TinyDit {

    public static final int VOCABULARY = 13;
    public static final int MASK = VOCABULARY - 1;

    private TinyDit() {}

    /** A network whose parameters gather gradients. */
    public static Dit random(long seed, boolean timed) {
        Dit.Config config = new Dit.Config(2, 16, 2, 8, VOCABULARY, timed, timed);
        Dit dit = Dit.load(Loader.of(new Random(Seed.of(seed), ""), Precision.FP32), config);
        dit.parameters().values().forEach(Tensor::requireGrad);
        return dit;
    }

    /** Random weights for any network. */
    public static Loader weights(long seed) {
        return Loader.of(new Random(Seed.of(seed), ""), Precision.FP32);
    }

    private record Random(Seed seed, String prefix) implements Weights {

        @Override
        public Weights at(String part) {
            return new Random(seed, prefix + part + ".");
        }

        @Override
        public boolean has(String name) {
            return true;
        }

        @Override
        public Tensor get(String name, long... shape) {
            Tensor normal = Tensor.randn(seed.child((prefix + name).hashCode()), shape);
            return shape.length == 2
                    ? normal.mul(name.contains("embedding") ? 1 : 1 / Math.sqrt((double) shape[1]))
                    : normal.mul(0.3).add((prefix + name).contains("norm") && name.endsWith("weight") ? 1 : 0);
        }

        @Override
        public Tensor get(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public String describe(String name) {
            return prefix + name;
        }
    }
}
