/**
 * The one seam between the mathematics of diffusion and a network: canvas in, logits out.
 *
 * <p>A {@link io.palimpsest.diffusion.denoiser.Denoiser} gives p(x₀ | x_t): for every position asked about, a distribution
 * over the vocabulary for the clean token there. Whatever a network needs to answer (a mask token's id, the shift by one of
 * adapted autoregressive models, caches of keys and values) stays behind this interface; whatever changes the answer
 * (guidance, constraints, suppressed tokens) is a denoiser around a denoiser.
 */
@NullMarked
package io.palimpsest.diffusion.denoiser;

import org.jspecify.annotations.NullMarked;
