package io.palimpsest.model.verify;

/** A recorded test asks for something there is no code for. */
final class UnsupportedTestException extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnsupportedTestException(String message) {
        super(message);
    }
}
