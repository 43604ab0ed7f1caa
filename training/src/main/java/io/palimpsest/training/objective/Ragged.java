package io.palimpsest.training.objective;

import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/**
 * Rows of several sequences of different lengths, in two forms: flat, one sequence behind the other, for what is computed row by
 * row; and padded to a rectangle, for attention. Padding repeats the first row; masks hide it.
 */
final class Ragged {

    /** Kernels read whole vectors: rectangles of several sequences are as long as a multiple of this. */
    private static final int MULTIPLE = 16;

    private final int[] lengths;
    private final int longest;
    private final Tensor toPadded; // (B * longest), flat rows
    private final Tensor toFlat; // (N), padded rows

    Ragged(int... lengths) {
        this.lengths = lengths.clone();
        int most = Arrays.stream(lengths).max().orElse(0);
        longest = lengths.length < 2 ? most : (most + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
        int[] padded = new int[lengths.length * longest];
        int[] flat = new int[Arrays.stream(lengths).sum()];
        int row = 0;
        for (int b = 0; b < lengths.length; b++) {
            for (int i = 0; i < lengths[b]; i++) {
                padded[b * longest + i] = row;
                flat[row++] = b * longest + i;
            }
        }
        toPadded = Tensor.ids(padded);
        toFlat = Tensor.ids(flat);
    }

    int sequences() {
        return lengths.length;
    }

    /** The length of every sequence when padded. */
    int longest() {
        return longest;
    }

    Tensor pad(Tensor flat) { // (N, ..) -> (B, longest, ..)
        Tensor rows = isRectangle() ? flat : flat.indexSelect(0, toPadded);
        return rows.view(withFront(flat.shape(), sequences(), longest));
    }

    Tensor flat(Tensor padded) { // (B, longest, ..) -> (N, ..)
        long[] shape = padded.shape();
        Tensor rows = padded.reshape(withFront(Arrays.copyOfRange(shape, 1, shape.length), shape[0] * shape[1]));
        return isRectangle() ? rows : rows.indexSelect(0, toFlat);
    }

    /** One number a row, padded; {@code other} where there is no row. */
    Tensor pad(int[] flat, int other) { // (N) -> (B, longest)
        int[] padded = new int[sequences() * longest];
        Arrays.fill(padded, other);
        int row = 0;
        for (int b = 0; b < lengths.length; b++) {
            System.arraycopy(flat, row, padded, b * longest, lengths[b]);
            row += lengths[b];
        }
        return Tensor.ids(padded, sequences(), longest);
    }

    private boolean isRectangle() {
        return Arrays.stream(lengths).allMatch(n -> n == longest);
    }

    /** {@code shape} with its first dimension replaced by {@code front}. */
    private static long[] withFront(long[] shape, long... front) {
        long[] out = Arrays.copyOf(front, front.length + shape.length - 1);
        System.arraycopy(shape, 1, out, front.length, shape.length - 1);
        return out;
    }
}
