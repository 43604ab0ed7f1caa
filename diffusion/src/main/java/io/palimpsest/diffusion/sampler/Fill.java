package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.tensor.Seed;
import java.util.function.Consumer;

/**
 * A canvas to fill.
 *
 * @param canvas is filled in place
 * @param seed this canvas's own randomness: the same seed gives the same text, alone or in a batch
 * @param listener hears of the canvas before the first step and after each; what it throws ends the call
 */
public record Fill(Canvas canvas, Seed seed, Consumer<CanvasFrame> listener) {}
