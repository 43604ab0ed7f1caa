/**
 * Noise processes: what is done to a text before a network learns to undo it, and how a step back is taken.
 *
 * <p>{@link io.palimpsest.diffusion.process.GaussianProcess} adds normal noise to word embeddings (Diffusion-LM,
 * arXiv:2205.14217) by the tables of DDPM (arXiv:2006.11239); {@link io.palimpsest.diffusion.process.EmbeddingSampler} goes
 * the way back, one {@link io.palimpsest.diffusion.process.ReverseStep} at a time.
 */
@NullMarked
package io.palimpsest.diffusion.process;

import org.jspecify.annotations.NullMarked;
