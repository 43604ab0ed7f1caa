package io.palimpsest.diffusion.sampler;

/** Draws from a discrete distribution with one uniform number. */
final class InverseCdf {

    private InverseCdf() {}

    /** The first id at which the running sum of {@code weights}, which need not sum to 1, exceeds that share of it all. */
    static int draw(float[] weights, double uniform) {
        double total = 0;
        for (float w : weights) {
            if (w > 0) { // most are 0, and not to add them is faster
                total += w;
            }
        }
        double target = uniform * total;
        double sum = 0;
        int last = 0;
        for (int id = 0; id < weights.length; id++) {
            if (weights[id] > 0) {
                sum += weights[id];
                last = id;
                if (sum > target) {
                    return id;
                }
            }
        }
        return last; // rounding kept the sum below the target
    }
}
