package io.palimpsest.model.verify;

/** One of several outcomes by recorded uniform numbers, as the authors of MDLM draw it: the largest p / -log u. */
final class Categorical {

    private static final double EPS = 1e-10;

    private Categorical() {}

    /** The outcome of weights {@code p}; the numbers for it begin at {@code from}. What is not a number beats all others. */
    static int draw(double[] p, double[] uniform, int from) {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < p.length; i++) {
            double score = p[i] / (EPS - Math.log(uniform[from + i] + EPS));
            if (Double.isNaN(score)) {
                return i;
            }
            if (i == 0 || score > most) {
                most = score;
                best = i;
            }
        }
        return best;
    }
}
