/**
 * The one object everybody shares: a row of positions, some given, some still to be written.
 *
 * <p>Generation, infilling and rewriting are the same thing here: a {@link io.palimpsest.diffusion.canvas.Canvas} with
 * hidden positions. A prompt followed by hidden positions is generation; hidden positions between pinned ones are
 * infilling; hiding some committed positions again is revision. The denoising loop does four things to a canvas: it asks
 * the model, lets control adjust the answer, commits some positions, and hides or edits some again. After each step it
 * publishes an immutable {@link io.palimpsest.diffusion.canvas.CanvasFrame}; terminals, streams, traces and tests all
 * listen to the same frames.
 */
@NullMarked
package io.palimpsest.diffusion.canvas;

import org.jspecify.annotations.NullMarked;
