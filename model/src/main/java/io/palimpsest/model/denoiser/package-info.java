/**
 * Networks over canvases as denoisers: what they see, how their rows are shifted, and what is computed again at each step.
 *
 * <p>{@link io.palimpsest.model.denoiser.CanvasDenoiser} computes all there is to see at every step.
 * {@link io.palimpsest.model.denoiser.BlockCausalDenoiser} keeps the keys and values of finished blocks, which is exact where
 * no block sees a later one. {@link io.palimpsest.model.denoiser.FastDllmDenoiser} keeps what is about to go stale, which is
 * an approximation (arXiv:2505.22618).
 */
@NullMarked
package io.palimpsest.model.denoiser;

import org.jspecify.annotations.NullMarked;
