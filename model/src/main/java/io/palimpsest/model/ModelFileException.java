package io.palimpsest.model;

/**
 * A model's files do not fit together or are not what they should be; the message is one line that names the file, the
 * tensor or field, what was expected and what was found.
 */
public final class ModelFileException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ModelFileException(String message) {
        super(message);
    }

    public ModelFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
