package io.palimpsest.tensor.file;

import io.palimpsest.tensor.Tensor;
import java.util.stream.IntStream;

/** Dequantises one tensor piece by piece, on several threads where it is large. */
record Dequantization(FileBytes bytes, TensorInfo info, GgmlType type, Dequantizer dequantizer) {

    private static final int PIECE = 1 << 16; // weights; in and out fit the second-level cache

    Tensor run() {
        return Tensor.assembled(info.shape(), this::fill);
    }

    private void fill(Tensor.Elements out) {
        long pieces = (info.elements() + PIECE - 1) / PIECE;
        int workers = (int) Math.min(pieces, Runtime.getRuntime().availableProcessors());
        IntStream.range(0, workers).parallel().forEach(worker -> fill(out, worker, workers));
    }

    private void fill(Tensor.Elements out, int worker, int workers) {
        int piece = (int) Math.min(PIECE, info.elements());
        byte[] in = new byte[piece / type.blockElements() * type.blockBytes()];
        float[] weights = new float[piece];
        for (long start = (long) worker * PIECE; start < info.elements(); start += (long) workers * PIECE) {
            int count = (int) Math.min(PIECE, info.elements() - start);
            int blocks = count / type.blockElements();
            bytes.copyInto(
                    in, info.offset() + start / type.blockElements() * type.blockBytes(), blocks * type.blockBytes());
            dequantizer.dequantize(in, blocks, weights);
            out.put(start, weights, count);
        }
    }
}
