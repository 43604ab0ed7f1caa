package io.palimpsest.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Where a command reads and writes. Tests hand in their own; {@link #system()} is the process's.
 *
 * @param screen the terminal that {@code out} draws on; empty when standard output is a pipe or a file
 * @param typed whether {@code in} is a keyboard, so that nobody waits for a prompt that nobody sends
 * @param progress the terminal that {@code err} draws progress on; empty when standard error is a pipe or a file
 * @param read whether somebody reads {@code out} while it is written, who may leave; a file may be full instead
 */
record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Optional<Screen> screen,
        boolean typed,
        Optional<Screen> progress,
        boolean read) {

    /** Always UTF-8: what a model writes does not depend on the locale of the machine. */
    static Console system() {
        return new Console(
                System.in,
                utf8(FileDescriptor.out),
                utf8(FileDescriptor.err),
                Screen.detect("palimpsest.screen", System.getenv(), properties()),
                properties().containsKey("palimpsest.typed"),
                Screen.detect("palimpsest.progress", System.getenv(), properties()),
                isRead(FileDescriptor.out));
    }

    /** Ends the work where nobody reads what is printed, or it cannot be written. */
    void requireReader() {
        if (out.checkError()) {
            throw read ? new ReaderGone() : new CancellationException("standard output is closed or full.");
        }
    }

    /**
     * A file has a position, a pipe, a socket or a terminal has none. What the system says of a failed write would tell more,
     * but in the user's language.
     */
    private static boolean isRead(FileDescriptor descriptor) {
        try {
            new FileOutputStream(descriptor).getChannel().position();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
    }

    private static Map<String, String> properties() {
        Map<String, String> found = new HashMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            found.put(name, System.getProperty(name, ""));
        }
        return found;
    }
}
