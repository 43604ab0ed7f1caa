/**
 * From an autoregressive model to a diffusion model in one command: {@link io.palimpsest.training.adapt.Recipe} says how,
 * {@link io.palimpsest.training.adapt.Adaptation} does it and can be stopped at any moment.
 */
@NullMarked
package io.palimpsest.training.adapt;

import org.jspecify.annotations.NullMarked;
