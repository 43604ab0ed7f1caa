/**
 * Denoisers around a denoiser that lean the answer one way: towards what the prompt says, away from what it does not.
 *
 * <p>Guidance changes logits and nothing else, so it goes with every sampler. It costs passes of the network.
 */
@NullMarked
package io.palimpsest.diffusion.guidance;

import org.jspecify.annotations.NullMarked;
