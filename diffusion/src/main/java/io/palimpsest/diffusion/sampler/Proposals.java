package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/** One token for each hidden position of a block, with the logits it was chosen from; lives as long as its step. */
public final class Proposals {

    private final Tensor logits; // (n, V)
    private final int[] positions;
    private final int[] ids;
    private final float[] probabilities;
    private final Step step;

    private Proposals(Tensor logits, int[] positions, int[] ids, Step step) {
        this.logits = logits;
        this.positions = positions;
        this.ids = ids;
        this.probabilities = probabilities(logits, ids);
        this.step = step;
    }

    static Proposals of(Canvas canvas, Tensor logits, TokenChoice choice, Step step) { // (block length, V)
        int[] hidden = canvas.hidden(step.block());
        int[] rows = Arrays.stream(hidden).map(p -> p - step.block().start()).toArray();
        Tensor own = rows.length == logits.size(0) ? logits : logits.indexSelect(0, Tensor.ids(rows)); // (n, V)
        int[] ids = hidden.length == 0 ? hidden : choice.choose(own, hidden, step);
        return new Proposals(own, hidden, ids, step);
    }

    /** The probability of {@code ids[i]} under the softmax of row i. */
    static float[] probabilities(Tensor logits, int[] ids) { // (n, V)
        if (ids.length == 0) {
            return new float[0];
        }
        Tensor all = logits.toFloat();
        Tensor chosen = all.gather(1, Tensor.ids(ids).unsqueeze(1)); // (n, 1)
        return chosen.sub(all.logsumexp(-1, true)).exp().toFloats();
    }

    public int size() {
        return positions.length;
    }

    /** The position of proposal {@code i}; positions ascend. */
    public int position(int i) {
        return positions[i];
    }

    /** The token of proposal {@code i}. */
    public int id(int i) {
        return ids[i];
    }

    /** The probability of proposal {@code i} under the softmax of its logits. */
    public float probability(int i) {
        return probabilities[i];
    }

    /** The logits of all proposals (n, V). */
    public Tensor logits() {
        return logits;
    }

    public Step step() {
        return step;
    }

    /** All token ids, in order of position. */
    public int[] ids() {
        return ids.clone();
    }

    /** All probabilities, in order of position. */
    public float[] probabilities() {
        return probabilities.clone();
    }
}
