/**
 * The bookkeeping of training: steps, optimiser, checkpoints, progress.
 *
 * <p>{@link io.palimpsest.training.trainer.Trainer} knows neither model nor formula: it is given named parameters, an
 * {@link io.palimpsest.training.objective.Objective} and a stream of batches in which any batch can be had by its number.
 * So a run is decided by its seed, and a checkpoint needs no more than the parameters, the optimiser's two running means
 * and the number of steps.
 */
@NullMarked
package io.palimpsest.training.trainer;

import org.jspecify.annotations.NullMarked;
