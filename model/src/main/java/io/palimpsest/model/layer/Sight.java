package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;

/**
 * Who sees whom, row by row: bit [b][i][j] says whether in text b row i may look at row j.
 *
 * <p>A row always sees itself: a padded row that saw nothing would compute 0/0, and that would leak into all others.
 */
public record Sight(boolean[][][] seen) {

    /** One entry decides for a row and the one it looks at. */
    public interface Rule {
        boolean sees(int text, int row, int other);
    }

    /** The sight of {@code texts} texts of {@code length} rows under {@code rule}. */
    public static Sight of(int texts, int length, Rule rule) {
        boolean[][][] seen = new boolean[texts][length][length];
        for (int b = 0; b < texts; b++) {
            for (int i = 0; i < length; i++) {
                for (int j = 0; j < length; j++) {
                    seen[b][i][j] = i == j || rule.sees(b, i, j);
                }
            }
        }
        return new Sight(seen);
    }

    /** Every row sees every other. */
    public static Sight all(int length) {
        return of(1, length, (text, row, other) -> true);
    }

    /** Every row sees those that {@code real} marks: padding is seen by nobody. */
    public static Sight of(boolean[][] real) {
        return of(real.length, real[0].length, (text, row, other) -> real[text][other]);
    }

    /** Every row sees itself and those before it. */
    public static Sight causal(int length) {
        return blockCausal(length, 1);
    }

    /** Blocks of {@code block} rows, counted from the first, see themselves and those before them. */
    public static Sight blockCausal(int length, int block) {
        return of(1, length, (text, row, other) -> other / block <= row / block);
    }

    /**
     * A noised text of {@code length} rows and the clean one behind it, as block diffusion is trained (BD3-LM,
     * arXiv:2503.09573): noised blocks see themselves and the clean blocks before them, clean blocks see themselves and those
     * before them.
     */
    public static Sight blockDiffusion(int length, int block) {
        return of(
                1,
                2 * length,
                (text, row, other) ->
                        blockDiffusion(row < length, row % length / block, other < length, other % length / block));
    }

    /** Whether a row of one block, noised or clean, sees a row of another. */
    public static boolean blockDiffusion(boolean noised, int block, boolean otherNoised, int otherBlock) {
        if (noised) {
            return otherNoised ? block == otherBlock : otherBlock < block;
        }
        return !otherNoised && otherBlock <= block;
    }

    /** What is seen here and also under {@code rule}. */
    public Sight and(Rule rule) {
        return of(
                seen.length,
                seen[0].length,
                (text, row, other) -> seen[text][row][other] && rule.sees(text, row, other));
    }

    /** What is seen here and is at most {@code reach} rows away. */
    public Sight within(int reach) {
        return and((text, row, other) -> Math.abs(row - other) <= reach);
    }

    /** 0 where a row may look, minus infinity where not. */
    public Tensor bias() { // (B, 1, T, T)
        int length = seen[0].length;
        float[] values = new float[seen.length * length * length];
        int at = 0;
        for (boolean[][] text : seen) {
            for (boolean[] row : text) {
                for (boolean sees : row) {
                    values[at++] = sees ? 0 : Float.NEGATIVE_INFINITY;
                }
            }
        }
        return Tensor.of(values, seen.length, 1, length, length);
    }
}
