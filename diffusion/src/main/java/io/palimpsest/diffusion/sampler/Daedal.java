package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A canvas that grows where the model asks for room (DAEDAL, arXiv:2508.00819), as two parts of one sampler over the whole canvas.
 *
 * <p>First nothing is written: positions are appended until the model ends the text with some confidence. Then all tokens above a
 * probability in the first unfinished window are written, at least the surest; and as long as the model does not end the text
 * with much confidence, the least sure position of the window, where it is very unsure, becomes several.
 *
 * @param ends the tokens that end a text
 * @param room how many positions may be inserted
 * @param window how many positions are written together
 * @param threshold the probability above which a token is written
 */
public record Daedal(Set<Integer> ends, int room, int window, double threshold) implements Unmasking, Remasking {

    /** Mean probability of the end, over the last positions that predict it, below which the first canvas is too short. */
    private static final double LONG_ENOUGH_AT_FIRST = 0.5;

    /** The same while tokens are written. */
    private static final double LONG_ENOUGH = 0.9;

    private static final double VERY_UNSURE = 0.1;
    private static final int ENDS_LOOKED_AT = 32;
    private static final int FACTOR = 8;

    public Daedal {
        ends = Set.copyOf(ends);
    }

    @Override
    public int[] choose(Proposals proposals) {
        if (isTooShort(proposals)) {
            return new int[0];
        }
        int[] inWindow = inWindow(proposals);
        int[] sure = Arrays.stream(inWindow)
                .filter(i -> proposals.probability(i) > threshold)
                .toArray();
        return sure.length > 0 ? sure : surest(proposals, inWindow);
    }

    private static int[] surest(Proposals proposals, int[] among) {
        return Arrays.stream(among)
                .reduce((a, b) -> proposals.probability(b) > proposals.probability(a) ? b : a)
                .stream()
                .toArray();
    }

    /** As long as nothing is written, each step has hidden {@link #FACTOR} more positions. */
    private boolean isTooShort(Proposals proposals) {
        Step step = proposals.step();
        int added = FACTOR * step.inBlock();
        return added < room
                && proposals.size() == step.hiddenAtStart() + added
                && end(proposals.logits()) < LONG_ENOUGH_AT_FIRST;
    }

    private int[] inWindow(Proposals proposals) {
        int end = windowEnd(proposals.step().block().start(), proposals.position(0));
        return IntStream.range(0, proposals.size())
                .filter(i -> proposals.position(i) < end)
                .toArray();
    }

    private int windowEnd(int start, int firstHidden) {
        return start + ((firstHidden - start) / window + 1) * window;
    }

    @Override
    public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
        int grown = unpinned(canvas, step) - step.hiddenAtStart();
        if (written.length == 0) {
            canvas.insert(step.block().end(), Math.min(FACTOR, room - grown));
        } else if (grown < room && end(logits) < LONG_ENOUGH) {
            expand(canvas, logits, step, Math.min(FACTOR - 1, room - grown));
        }
        return false;
    }

    private static int unpinned(Canvas canvas, Step step) {
        return step.block().length() - canvas.in(step.block(), State.PINNED).length;
    }

    private void expand(Canvas canvas, Tensor logits, Step step, int count) {
        int[] hidden = canvas.hidden(step.block());
        if (hidden.length == 0) {
            return;
        }
        int start = step.block().start();
        float[] sureness = logits.toFloat().softmax(-1).amax(-1, false).toFloats();
        int end = windowEnd(start, hidden[0]);
        Arrays.stream(hidden)
                .filter(p -> p < end && sureness[p - start] < VERY_UNSURE)
                .reduce((a, b) -> sureness[b - start] < sureness[a - start] ? b : a)
                .ifPresent(p -> canvas.insert(p, count));
    }

    /** How sure the model is that the text ends: mean over the last positions that predict an end, missing ones counting 0. */
    private double end(Tensor logits) { // (n, V)
        Tensor.Top best = logits.toFloat().softmax(-1).topk(1, -1);
        float[] probabilities = best.values().toFloats();
        int[] ids = best.indices().toInts();
        double sum = IntStream.iterate(ids.length - 1, i -> i >= 0, i -> i - 1)
                .filter(i -> ends.contains(ids[i]))
                .limit(ENDS_LOOKED_AT)
                .mapToDouble(i -> probabilities[i])
                .sum();
        return sum / ENDS_LOOKED_AT;
    }

    @Override
    public int patience() {
        return 64 + 2 * room;
    }
}
