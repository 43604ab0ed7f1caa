package io.palimpsest.tensor;

import org.bytedeco.javacpp.Pointer;

/** Native memory beyond tensors. */
public final class Memory {

    private Memory() {}

    /**
     * Gives what has been freed back to the system. Without it the room that conversions take stays with the process where the
     * C library has cut it into pieces too small to return on its own; for large models that is a quarter of their size.
     */
    public static void trim() {
        Pointer.trimMemory();
    }
}
