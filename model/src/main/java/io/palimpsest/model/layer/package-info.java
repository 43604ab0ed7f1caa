/**
 * The parts networks are made of: a layer is a record of its weights, {@code forward} is the equation.
 *
 * <p>A {@link io.palimpsest.model.layer.Linear} map hides what its weights are made of, so that precision and adapters
 * multiply no architecture: the same attention runs in fp32, bf16 or int8, with or without LoRA.
 */
@NullMarked
package io.palimpsest.model.layer;

import org.jspecify.annotations.NullMarked;
