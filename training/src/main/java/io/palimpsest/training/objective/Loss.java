package io.palimpsest.training.objective;

import io.palimpsest.tensor.Tensor;

/**
 * The loss of one batch.
 *
 * @param value the mean loss over targets, ready to back-propagate
 * @param targets the number of predicted tokens
 * @param hits correct predictions by offset; offset 1 is the first position behind the clean context that a canvas row
 *     predicts, offset 0 is the base model's own
 * @param tries predictions by offset, likewise
 * @param givenHits correct predictions by offset where the token before was known, of as many tries; none where the model
 *     has no {@link io.palimpsest.model.architecture.SamplerHead}
 */
public record Loss(Tensor value, int targets, int[] hits, int[] tries, int[] givenHits) {

    /** The loss of a model whose predictions within a pass are independent. */
    public Loss(Tensor value, int targets, int[] hits, int[] tries) {
        this(value, targets, hits, tries, new int[hits.length]);
    }

    /** A loss without counts of correct predictions. */
    static Loss of(Tensor value, int targets) {
        return new Loss(value, targets, none(), none());
    }

    /** The loss of a batch in which nothing was hidden: 0 over {@code targets} tokens, with no gradient. */
    static Loss none(int targets) {
        return of(Tensor.zeros(1).sum(), targets);
    }

    private static int[] none() {
        return new int[MaskedNextToken.OFFSETS + 1];
    }
}
