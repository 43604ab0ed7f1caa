package io.palimpsest.training.objective;

/** What each hidden token of a text counts for in the loss. */
@FunctionalInterface
public interface Weighting {

    /**
     * @param hidden which tokens of the whole text are hidden
     * @param bound what each hidden one weighs in the likelihood bound
     */
    float[] of(boolean[] hidden, float[] bound);

    /** As much as in the likelihood bound: 1/t under the linear schedule (MDLM, arXiv:2406.07524; LLaDA, arXiv:2502.09992). */
    static Weighting bound() {
        return (hidden, bound) -> bound;
    }

    /** All alike: masked language modelling at every share (MaskGIT, arXiv:2202.04200). */
    static Weighting flat() {
        return (hidden, bound) -> {
            float[] weights = new float[hidden.length];
            java.util.Arrays.fill(weights, 1);
            return weights;
        };
    }

    /**
     * The more, the closer visible tokens are: {@code ½ Σ p (1 - p)^(|n - i| - 1)} over visible i (CART, context-adaptive
     * rescheduling at token level, Dream, arXiv:2508.15487; the authors' code uses p = 0.3).
     */
    static Weighting contextAdaptive(double p) {
        return (hidden, bound) -> {
            float[] weights = new float[hidden.length];
            double left = 0; // what visible tokens to the left of n lend it; each step away costs a factor
            double right = 0;
            for (int n = 0; n < hidden.length; n++) {
                int m = hidden.length - 1 - n;
                weights[n] += (float) (left / 2);
                weights[m] += (float) (right / 2);
                left = left * (1 - p) + (hidden[n] ? 0 : p);
                right = right * (1 - p) + (hidden[m] ? 0 : p);
            }
            return weights;
        };
    }
}
