package io.palimpsest.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A command's text: its argument, or standard input where there is none or it is a dash. It is valid Unicode, or refused. */
final class PromptInput {

    private static final String STANDARD_INPUT = "-";
    private static final char REPLACEMENT = '\uFFFD';

    private PromptInput() {}

    static String read(Optional<String> argument, String name, Console console) {
        if (argument.isPresent() && !argument.get().equals(STANDARD_INPUT)) {
            return checked(argument.get(), name);
        }
        if (console.typed() && argument.isEmpty()) {
            throw new IllegalArgumentException("no " + name + " given; write it after the command, or pipe it in.");
        }
        return withoutLastLineBreak(decode(readAll(console.in()), "standard input"));
    }

    /** The JVM replaces what it cannot decode in an argument, so that the replacement is the only trace of it. */
    private static String checked(String argument, String name) {
        int at = argument.indexOf(REPLACEMENT);
        if (at >= 0) {
            throw new IllegalArgumentException(name + " is not valid UTF-8 (at character " + at + ").");
        }
        return argument;
    }

    static String decode(byte[] bytes, String name) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new IllegalArgumentException(String.format(
                    "%s is not valid UTF-8: byte 0x%02X at offset %d.", name, bytes[in.position()], in.position()));
        }
        return out.flip().toString();
    }

    private static byte[] readAll(InputStream in) {
        try {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input: " + e.getMessage(), e);
        }
    }

    private static String withoutLastLineBreak(String text) {
        if (text.endsWith("\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
