package io.palimpsest.model.verify;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Remasking;
import io.palimpsest.diffusion.sampler.Step;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What is particular about SDAR's published loop (arXiv:2510.06303). */
final class Sdar {

    private Sdar() {}

    /** A prompt and whole blocks behind it; the prompt's last, unfinished block may be written to. */
    static Canvas canvas(int[] prompt, int length, int block) {
        int pinned = prompt.length / block * block;
        int whole = (prompt.length + length + block - 1) / block * block;
        Canvas canvas = Canvas.of(Arrays.copyOf(prompt, pinned)).extend(whole - pinned);
        for (int i = pinned; i < prompt.length; i++) {
            canvas.commit(i, prompt[i], 1);
        }
        return canvas;
    }

    /**
     * A step's share may be larger than what is hidden in its block. The published loop then takes positions that are
     * written already and writes them again; which ones is libtorch's choice among equals, so libtorch is asked.
     */
    record Overflow(Quota quota, boolean ranked) implements Remasking {

        @Override
        public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
            int count = quota.of(step, written.length);
            if (ranked && count > written.length && canvas.hidden(step.block()).length == 0) {
                rewrite(canvas, logits, step, written, count);
            }
            return false;
        }

        private static void rewrite(Canvas canvas, Tensor logits, Step step, int[] written, int count) {
            int start = step.block().start();
            Tensor.Top best = logits.softmax(-1).topk(1, -1); // (block length, 1)
            float[] p = best.values().toFloats();
            int[] ids = best.indices().toInts();
            float[] scores = new float[p.length];
            Arrays.fill(scores, Float.NEGATIVE_INFINITY);
            for (int position : written) {
                scores[position - start] = p[position - start];
            }
            int[] top = Tensor.of(scores)
                    .topk(Math.min(count, p.length), -1)
                    .indices()
                    .toInts();
            IntStream.of(top)
                    .filter(i -> Arrays.binarySearch(written, start + i) < 0)
                    .forEach(i -> canvas.draft(start + i, ids[i], p[i]));
        }
    }
}
