/**
 * Replays what reference implementations computed, and says where this engine computes something else.
 *
 * <p>A fixture is a tiny checkpoint in a published layout with recorded inputs and outputs: logits, texts as they were filled
 * step by step, likelihoods. There are two documented forms, {@code manifest.json} beside the checkpoint and
 * {@code fixtures.json} above a folder {@code model}. Weights are widened to fp32, floats are compared within the recorded
 * tolerance and token ids exactly. A kind of test that there is no code for is reported as failed, never left out.
 */
@NullMarked
package io.palimpsest.model.verify;

import org.jspecify.annotations.NullMarked;
