package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/**
 * What a step takes back or changes of that which stood in its block before.
 *
 * <p>Under any but {@link #none}, tokens are provisional until their block is finished.
 */
public interface Remasking {

    /**
     * Revises the block after {@code written} positions have been filled in it.
     *
     * @param logits (block length, V), computed before this step's tokens were written
     * @param written this step's positions, ascending
     * @return whether the block deserves another step even where nothing of it is hidden
     */
    boolean revise(Canvas canvas, Tensor logits, Step step, int[] written);

    /** How many steps in a row may leave a block no fuller than it ever was; see {@link Unmasking#patience}. */
    default int patience() {
        return 0;
    }

    /** Whether what is written stays. */
    default boolean isNone() {
        return false;
    }

    /** What is written stays. */
    static Remasking none() {
        return new None();
    }

    /** What is written stays. */
    record None() implements Remasking {

        @Override
        public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
            return false;
        }

        @Override
        public boolean isNone() {
            return true;
        }
    }

    /**
     * Hides tokens whose probability, now that more of their context is known, is below {@code threshold} (WINO,
     * arXiv:2507.18578). The least likely go first, and fewer than the step before has written, so that the block gets further
     * all the same. A step that writes a single token takes nothing back.
     *
     * <p>What a model says of a token it sees is mostly that token; ask one that does not ({@code Denoiser.leavingOut}).
     */
    record Revoke(double threshold) implements Remasking {

        @Override
        public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
            int[] older = older(canvas, step.block(), written);
            if (older.length > 0 && written.length > 1) {
                Ranking doubtful = Ranking.of(doubts(canvas, logits, step.block(), older));
                for (int i : doubtful.best(step.writtenBefore() - 1)) {
                    if (1 - doubtful.scores()[i] < threshold) {
                        canvas.hide(older[i]);
                    }
                }
            }
            return false;
        }

        private static float[] doubts(Canvas canvas, Tensor logits, Span block, int[] positions) {
            int[] rows = Arrays.stream(positions).map(p -> p - block.start()).toArray();
            int[] ids = Arrays.stream(positions).map(canvas::id).toArray();
            float[] doubts = Proposals.probabilities(logits.indexSelect(0, Tensor.ids(rows)), ids);
            for (int i = 0; i < doubts.length; i++) {
                doubts[i] = 1 - doubts[i];
            }
            return doubts;
        }
    }

    /** The provisional positions of {@code block} that were there before this step. */
    static int[] older(Canvas canvas, Span block, int[] written) {
        return Arrays.stream(canvas.in(block, State.PROVISIONAL))
                .filter(p -> Arrays.binarySearch(written, p) < 0)
                .toArray();
    }
}
