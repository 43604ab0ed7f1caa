/**
 * What a model is worth, in numbers that can be had again: accuracy at each offset into a hidden block, tokens per forward
 * pass against perplexity, infilling with and without right context, fidelity of a precision, calibration, diversity.
 *
 * <p>{@link io.palimpsest.training.evaluation.Evaluation} runs all of them on one model; each measure is a class of its own.
 */
@NullMarked
package io.palimpsest.training.evaluation;

import org.jspecify.annotations.NullMarked;
