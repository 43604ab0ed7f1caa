/**
 * Filling a canvas: one loop, and the parts that published methods choose differently.
 *
 * <p>{@link io.palimpsest.diffusion.sampler.Sampler} asks the denoiser about the block under work; a
 * {@link io.palimpsest.diffusion.sampler.TokenChoice} proposes a token for each hidden position, an
 * {@link io.palimpsest.diffusion.sampler.Unmasking} picks the proposals to commit by their
 * {@link io.palimpsest.diffusion.sampler.Confidence}, a {@link io.palimpsest.diffusion.sampler.Remasking} may take others
 * back, and {@link io.palimpsest.diffusion.sampler.Blocks} says where to go next and when the text ends.
 *
 * <p>{@link io.palimpsest.diffusion.sampler.Strategy} lists the published choices of parts by name; docs/samplers.md has them as a
 * table.
 *
 * <p>{@link io.palimpsest.diffusion.sampler.HybridSampler} stands beside it, for networks that have an autoregressive mode
 * as well: it gives each pass's first token, and it may judge the drafts behind, so that the text is exactly its own
 * ({@link io.palimpsest.diffusion.sampler.Judgement.Exact}) or what it finds plausible
 * ({@link io.palimpsest.diffusion.sampler.Judgement.Typical}).
 */
@NullMarked
package io.palimpsest.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
