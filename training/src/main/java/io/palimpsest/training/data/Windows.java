package io.palimpsest.training.data;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts the tokens of documents into examples of at most {@code length}, each led by the boundary token, which is never hidden.
 * A document that is longer goes on in the next example; what is too short to teach anything is left out.
 */
public final class Windows {

    private static final int FEWEST = 8;

    private final int boundary;
    private final int[] window;
    private final Consumer<Example> consumer;
    private int filled = 1;

    /** @param length the longest example, the boundary counted */
    public Windows(int boundary, int length, Consumer<Example> consumer) {
        this.boundary = boundary;
        this.window = new int[length];
        this.consumer = consumer;
        window[0] = boundary;
    }

    /** Adds tokens; where {@code last}, the document ends with them, and its end is learnt where there is room. */
    public void add(int[] ids, boolean last) {
        for (int id : ids) {
            put(id);
        }
        if (last) {
            put(boundary);
            flush();
        }
    }

    private void put(int id) {
        window[filled++] = id;
        if (filled == window.length) {
            flush();
        }
    }

    private void flush() {
        if (filled >= FEWEST) {
            consumer.accept(new Example(Arrays.copyOf(window, filled), 1));
        }
        filled = 1;
    }
}
