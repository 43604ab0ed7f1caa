/**
 * What models are trained on: sequences of token ids, read once, drawn in an order that a seed decides.
 *
 * <p>{@link io.palimpsest.training.data.Prompts} and {@link io.palimpsest.training.data.Passages} read text;
 * {@link io.palimpsest.training.data.SelfGeneration} lets a model answer the prompts; {@link
 * io.palimpsest.training.data.HoldOut} keeps some of both away from training; {@link io.palimpsest.training.data.Batches}
 * hands the rest out.
 */
@NullMarked
package io.palimpsest.training.data;

import org.jspecify.annotations.NullMarked;
