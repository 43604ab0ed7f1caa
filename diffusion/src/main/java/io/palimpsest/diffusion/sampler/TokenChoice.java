package io.palimpsest.diffusion.sampler;

import io.palimpsest.tensor.Tensor;

/** How a token is chosen from the logits of its position. */
public sealed interface TokenChoice {

    /** The distribution the token of each row is drawn from: (n, V) as n arrays that each sum to 1. */
    float[][] distributions(Tensor logits);

    /** One token for each row of {@code logits} (n, V); row i belongs to {@code positions[i]}. */
    int[] choose(Tensor logits, int[] positions, Step step);

    /** The likeliest token at temperature 0, a draw at any other. */
    static TokenChoice of(double temperature, double topP) {
        return temperature == 0 ? new Greedy() : new Sampling(temperature, topP, Sampling.ALL);
    }

    /** Always the likeliest token. */
    record Greedy() implements TokenChoice {

        @Override
        public float[][] distributions(Tensor logits) {
            int[] best = logits.argmax(-1).toInts();
            float[][] distributions = new float[best.length][(int) logits.size(-1)];
            for (int i = 0; i < best.length; i++) {
                distributions[i][best[i]] = 1;
            }
            return distributions;
        }

        @Override
        public int[] choose(Tensor logits, int[] positions, Step step) {
            return logits.argmax(-1).toInts();
        }
    }

    /**
     * A draw from the tempered distribution, cut to its nucleus (top-p, arXiv:1904.09751) and its {@code topK} likeliest
     * tokens. One uniform number decides by inverse CDF, so that nothing depends on what is drawn elsewhere.
     */
    record Sampling(double temperature, double topP, int topK) implements TokenChoice {

        /** No limit on the number of tokens. */
        public static final int ALL = Integer.MAX_VALUE;

        public Sampling {
            if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "sampling needs a temperature above 0 (greedy choice has none); got " + temperature);
            }
            Nucleus.requireValid(topP, topK);
        }

        /** Draws from the whole distribution at {@code temperature}. */
        public Sampling(double temperature) {
            this(temperature, 1, ALL);
        }

        @Override
        public float[][] distributions(Tensor logits) {
            Tensor tempered = logits.toFloat().div(temperature).softmax(-1); // (n, V)
            float[][] rows = new float[(int) logits.size(0)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = tempered.select(0, i).toFloats();
                Nucleus.cut(rows[i], topP, topK);
            }
            return rows;
        }

        @Override
        public int[] choose(Tensor logits, int[] positions, Step step) {
            float[][] distributions = distributions(logits);
            int[] ids = new int[positions.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = InverseCdf.draw(distributions[i], step.uniform(positions[i], Step.Use.TOKEN));
            }
            return ids;
        }
    }
}
