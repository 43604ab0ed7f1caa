package io.palimpsest.tensor.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A file that is not what it should be; the message is one line that names the file and what is wrong with it. */
public final class InvalidFileException extends UncheckedIOException {

    private static final int LONGEST = 1000;

    private final transient Path file;

    /** Says of {@code file} what was expected, what was found, where, and what to do. */
    public InvalidFileException(Path file, String what) {
        this(file, what, new IOException(oneLine(what)));
    }

    /** The same, with the error that revealed it. */
    public InvalidFileException(Path file, String what, Throwable cause) {
        super(file + ": " + oneLine(what), asIo(cause));
        this.file = file;
    }

    private static IOException asIo(Throwable cause) {
        return cause instanceof IOException io ? io : new IOException(cause);
    }

    /** The file that is wrong. */
    public Path file() {
        return file;
    }

    /** Names come from the file: they must not break the line or reach a terminal as control characters. */
    private static String oneLine(String what) {
        String line = what.replaceAll("\\p{C}+", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
