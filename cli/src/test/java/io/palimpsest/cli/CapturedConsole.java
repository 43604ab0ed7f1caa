package io.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a command is given to read and where it writes, without a terminal; each new console begins with nothing written. */
final class CapturedConsole {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Runs a command that is given nothing to read. */
    int run(String... arguments) {
        return Main.run(reading(""), arguments);
    }

    /** Text from a pipe. */
    Console reading(String text) {
        return reading(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes from a pipe. */
    Console reading(byte[] input) {
        return console(input, out, false, false);
    }

    /** Text from a keyboard. */
    Console typing(String text) {
        return console(text.getBytes(StandardCharsets.UTF_8), out, true, false);
    }

    /** Nothing to read; standard output is {@code elsewhere}, which somebody reads or which is a file. */
    Console writingTo(OutputStream elsewhere, boolean read) {
        return console(new byte[0], elsewhere, false, read);
    }

    private Console console(byte[] input, OutputStream output, boolean typed, boolean read) {
        out.reset();
        err.reset();
        return new Console(
                new ByteArrayInputStream(input),
                utf8(output),
                utf8(err),
                Optional.empty(),
                typed,
                Optional.empty(),
                read);
    }

    private static PrintStream utf8(OutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    /** What stands on standard output. */
    String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What stands on standard error. */
    String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** The object that stands on standard output. */
    JsonNode json() throws IOException {
        return JSON.readTree(output());
    }
}
