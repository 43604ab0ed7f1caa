package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.State;

/**
 * A canvas that has been filled, and what it took.
 *
 * @param canvas the canvas; where it {@linkplain Finish#STOP stopped} its last token is the stop token
 * @param steps the denoising steps
 * @param forwardPasses the calls of the network this canvas was part of
 * @param tokens the tokens written
 * @param meanConfidence their mean probability; 1 where there are none
 * @param finish why the text ends where it ends
 */
public record Filled(Canvas canvas, int steps, int forwardPasses, int tokens, double meanConfidence, Finish finish) {

    /** Why a text ends. */
    public enum Finish {
        /** All positions are filled. */
        LENGTH,
        /** A stop token was written. */
        STOP
    }

    static Filled of(Canvas canvas, int steps, int forwardPasses, Finish finish) {
        int[] written = canvas.in(canvas.span(), State.COMMITTED);
        double sum = 0;
        for (int position : written) {
            sum += canvas.confidence(position);
        }
        double mean = written.length == 0 ? 1 : sum / written.length;
        return new Filled(canvas, steps, forwardPasses, written.length, mean, finish);
    }

    /** The same where no more than {@code length} positions are wanted: what follows them is dropped. */
    public Filled upTo(int length) {
        if (canvas.length() <= length) {
            return this;
        }
        canvas.truncate(length);
        return of(canvas, steps, forwardPasses, Finish.LENGTH);
    }

    /** Tokens for each call of the network. */
    public double tokensPerForward() {
        return forwardPasses == 0 ? 0 : (double) tokens / forwardPasses;
    }
}
