/**
 * Named tensors, under the names their architecture gives them, whatever file they come from.
 *
 * <p>{@link io.palimpsest.model.weights.Weights#at} walks a checkpoint's names as the code walks its parts, so that loading
 * and naming are one thing; a tensor that is missing or has another shape stops the load with its name and both shapes.
 */
@NullMarked
package io.palimpsest.model.weights;

import org.jspecify.annotations.NullMarked;
