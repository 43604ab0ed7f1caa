package io.palimpsest.model.verify;

import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** Rows of token ids. */
final class Ids {

    /** What fills rows that are shorter than others. */
    static final int NONE = -1;

    private Ids() {}

    static int[][] rows(int[] flat, int width) {
        int[][] rows = new int[width == 0 ? 0 : flat.length / width][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
        }
        return rows;
    }

    /** The row without what fills it up at its end. */
    static int[] trimmed(int[] row) {
        int end = row.length;
        while (end > 0 && row[end - 1] == NONE) {
            end--;
        }
        return Arrays.copyOf(row, end);
    }

    static Tensor tensor(int[][] rows) { // (B, T)
        int[] flat = Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray();
        return Tensor.ids(flat, rows.length, rows[0].length);
    }

    /** 0, 1, 2, … for each of {@code texts} texts. */
    static int[] positions(int texts, int length) {
        int[] positions = new int[texts * length];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i % length;
        }
        return positions;
    }
}
