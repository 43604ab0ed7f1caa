/**
 * How fast a model runs on this machine: the cost of a denoising step, the tokens a second of each way to write, and the
 * share of what the processor's matrix products can do.
 *
 * <p>All that is compared is measured in turn in one process, after a warm-up, and reported as a median with its quartiles:
 * what else the machine does then falls on all alike.
 */
@NullMarked
package io.palimpsest.training.benchmark;

import org.jspecify.annotations.NullMarked;
