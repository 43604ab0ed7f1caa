package io.palimpsest.training.trainer;

/** A loss or a gradient that is no longer a finite number; the message names the file that holds the batch. */
public final class DivergedException extends RuntimeException {

    public DivergedException(String message) {
        super(message);
    }
}
