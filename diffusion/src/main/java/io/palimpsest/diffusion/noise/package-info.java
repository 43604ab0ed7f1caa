/**
 * How much of a text is hidden at which time, and which tokens go first: the forward process of masked diffusion.
 *
 * <p>Time runs from 0, where a text is whole, to 1, where it is noise. A {@link
 * io.palimpsest.diffusion.noise.NoiseSchedule} says how much has gone by time t; a {@link
 * io.palimpsest.diffusion.noise.TokenSchedule} says it token by token, so that rare words may go before common ones; a {@link
 * io.palimpsest.diffusion.noise.Masking} draws which tokens are hidden and says what each of them weighs in the likelihood
 * bound; {@link io.palimpsest.diffusion.noise.Times} says at which times a network is trained.
 *
 * <p>The bound of masked diffusion in continuous time (MDLM, arXiv:2406.07524) is
 *
 * <pre>-log p(x) ≤ ∫₀¹ α'(t) / (1 - α(t)) · E[ Σ over hidden i of log p(x_i | x_t) ] dt</pre>
 *
 * and does not depend on the schedule: what a schedule changes is the variance of its estimate, and with it how well a network
 * learns. {@link io.palimpsest.diffusion.noise.ReplacementNoise} is the other kind, in which tokens are not only hidden but
 * swapped for wrong ones (GIDD, arXiv:2503.04482).
 */
@NullMarked
package io.palimpsest.diffusion.noise;

import org.jspecify.annotations.NullMarked;
