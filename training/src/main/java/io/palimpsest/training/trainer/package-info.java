/** The bookkeeping of training: steps, optimiser, checkpoints, progress. */
@NullMarked
package io.palimpsest.training.trainer;

import org.jspecify.annotations.NullMarked;
