/**
 * Filling a canvas: one loop, and the parts that published methods choose differently.
 *
 * <p>{@link io.palimpsest.diffusion.sampler.Sampler} asks the denoiser about the block under work; a
 * {@link io.palimpsest.diffusion.sampler.TokenChoice} proposes a token for each hidden position, an
 * {@link io.palimpsest.diffusion.sampler.Unmasking} picks the proposals to commit by their
 * {@link io.palimpsest.diffusion.sampler.Confidence}, a {@link io.palimpsest.diffusion.sampler.Remasking} may take others
 * back, and {@link io.palimpsest.diffusion.sampler.Blocks} says where to go next and when the text ends.
 *
 * <p>{@link io.palimpsest.diffusion.sampler.VerifiedSampler} stands beside it: drafts by diffusion, judged by the
 * autoregressive model they were made from, whose distribution the text has exactly.
 */
@NullMarked
package io.palimpsest.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
