/** What lets a model run in few bits: scales found once, on a few texts, and kept beside the weights. */
@NullMarked
package io.palimpsest.training.quantization;

import org.jspecify.annotations.NullMarked;
