package io.palimpsest.diffusion.canvas;

/** What is known about a position of a {@link Canvas}. */
public enum State {
    /** Given by the user; never changed. */
    PINNED,
    /** Not written yet: noise, a mask. */
    HIDDEN,
    /** Written as a draft that may still be verified, overwritten or hidden again. */
    PROVISIONAL,
    /** Written by the model and meant to stay. */
    COMMITTED;

    /** Whether the position holds a token that others may look at. */
    public boolean isVisible() {
        return this != HIDDEN;
    }
}
