package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.tensor.Seed;

/**
 * Where a canvas stands as a denoising step is decided.
 *
 * @param number the number of the step within its canvas, from 1
 * @param inBlock the number of the step within its block, from 0
 * @param sinceFull how many steps, this one included, began with nothing hidden in the block
 * @param block the positions under work
 * @param hiddenAtStart how many of them were hidden when the block was begun
 * @param writtenBefore how many positions the step before has written, in this block
 * @param seed the canvas's own randomness
 */
public record Step(
        int number, int inBlock, int sinceFull, Span block, int hiddenAtStart, int writtenBefore, Seed seed) {

    /** A step that begins a block. */
    Step(int number, int inBlock, int sinceFull, Span block, int hiddenAtStart, Seed seed) {
        this(number, inBlock, sinceFull, block, hiddenAtStart, 0, seed);
    }

    /** The one uniform number that belongs to {@code position} in this step, for one use of it. */
    double uniform(int position, Use use) {
        return seed.child(position).child(number).child(use.label).uniform();
    }

    /** The one uniform number that belongs to {@code position} on its canvas, whatever the step. */
    double lifelong(int position, Use use) {
        return seed.child(position).child(0).child(use.label).uniform();
    }

    /** What a random number decides; each use has draws of its own. */
    enum Use {
        TOKEN(1),
        ORDER(2),
        UNMASK(3),
        REMASK(4),
        ACCEPT(5),
        NEXT(6);

        private final int label;

        Use(int label) {
            this.label = label;
        }
    }
}
