/**
 * Continuous diffusion models from nothing: normal noise on word embeddings that are learnt beside the network, and a classifier that
 * sees through the noise and steers what is written (Diffusion-LM, arXiv:2205.14217; CDCD, arXiv:2211.15089).
 *
 * <p>The formulas are {@link io.palimpsest.training.objective.EmbeddingDiffusion} and
 * {@link io.palimpsest.training.objective.NoisedClassification}.
 */
@NullMarked
package io.palimpsest.training.embedding;

import org.jspecify.annotations.NullMarked;
