package io.palimpsest.model;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A model's files do not fit together or are not what they should be; the message is one line that names the file, the
 * tensor or field, what was expected and what was found.
 */
public final class ModelFileException extends UncheckedIOException {

    private static final long serialVersionUID = 1;

    public ModelFileException(String message) {
        super(message, new IOException(message));
    }

    public ModelFileException(String message, Throwable cause) {
        super(message, cause instanceof IOException io ? io : new IOException(cause));
    }
}
