package io.palimpsest.diffusion.likelihood;

import io.palimpsest.diffusion.canvas.Canvas;
import java.util.function.IntPredicate;

/** Copies of texts in which some positions are hidden. */
final class Hiding {

    private Hiding() {}

    /** The first {@code length} positions of {@code text}, hidden where {@code hidden} or {@code text} says so. */
    static Canvas of(Canvas text, int length, IntPredicate hidden) {
        Canvas canvas = Canvas.of();
        for (int i = 0; i < length; i++) {
            if (hidden.test(i) || text.isHidden(i)) {
                canvas.extend(1);
            } else {
                canvas.pin(text.id(i));
            }
        }
        return canvas;
    }
}
