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
 */
public record Loss(Tensor value, int targets, int[] hits, int[] tries) {}
