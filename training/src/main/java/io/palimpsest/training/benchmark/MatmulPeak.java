package io.palimpsest.training.benchmark;

import io.palimpsest.model.layer.Linear;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;

/**
 * What matrix products reach on this machine where nothing holds them up: a large one, through the same kernel as the model's
 * own.
 */
record MatmulPeak(Linear map, Tensor rows) {

    private static final int ROWS = 512;
    private static final int WIDTH = 2048;

    /** The operations of one run: a multiplication and an addition for each weight and row. */
    static final double OPERATIONS = 2.0 * ROWS * WIDTH * WIDTH;

    static MatmulPeak of(Precision precision) {
        return new MatmulPeak(
                Loader.of(new Random(), precision).linear("map", WIDTH, WIDTH),
                Scope.keeping(() -> Tensor.randn(Seed.of(2), ROWS, WIDTH)));
    }

    void run() {
        try (Scope memory = Scope.inference()) {
            map.forward(rows).narrow(0, 0, 1).toDoubles();
        }
    }

    private static final class Random implements Weights {
        @Override
        public boolean has(String name) {
            return name.equals("map.weight");
        }

        @Override
        public Tensor get(String name) {
            return Tensor.randn(Seed.of(3), WIDTH, WIDTH);
        }

        @Override
        public String describe(String name) {
            return name;
        }
    }
}
