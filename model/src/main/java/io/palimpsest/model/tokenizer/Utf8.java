package io.palimpsest.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads UTF-8 that arrives in parts.
 *
 * <p>Each longest beginning of a character that is not continued becomes one U+FFFD (Unicode 15, section 3.9, "substitution
 * of maximal subparts"), as the Hugging Face library does; Java's own decoder counts some damage differently.
 */
final class Utf8 {

    private static final int REPLACEMENT = 0xFFFD;

    private final StringBuilder text = new StringBuilder();
    private int character;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    /** The text of {@code bytes}. */
    static String decode(byte[] bytes) {
        var utf8 = new Utf8();
        return utf8.push(bytes) + utf8.flush();
    }

    /** The characters completed by {@code bytes}. */
    String push(byte[] bytes) {
        for (byte b : bytes) {
            push(b & 0xFF);
        }
        return take();
    }

    /** What is left: half a character becomes U+FFFD. Ready for a new text afterwards. */
    String flush() {
        if (missing > 0) {
            end(REPLACEMENT);
        }
        return take();
    }

    private String take() {
        String taken = text.toString();
        text.setLength(0);
        return taken;
    }

    private void push(int value) {
        if (missing == 0) {
            begin(value);
        } else if (value < lowest || value > highest) {
            end(REPLACEMENT);
            begin(value);
        } else {
            character = character << 6 | (value & 0x3F);
            lowest = 0x80;
            highest = 0xBF;
            if (--missing == 0) {
                end(character);
            }
        }
    }

    private void begin(int value) {
        if (value < 0x80) {
            end(value);
        } else if (value >= 0xC2 && value <= 0xDF) {
            expect(1, value & 0x1F);
        } else if (value >= 0xE0 && value <= 0xEF) {
            expect(2, value & 0x0F);
            lowest = value == 0xE0 ? 0xA0 : 0x80; // no overlong forms
            highest = value == 0xED ? 0x9F : 0xBF; // no surrogates
        } else if (value >= 0xF0 && value <= 0xF4) {
            expect(3, value & 0x07);
            lowest = value == 0xF0 ? 0x90 : 0x80;
            highest = value == 0xF4 ? 0x8F : 0xBF; // nothing beyond U+10FFFF
        } else {
            end(REPLACEMENT);
        }
    }

    private void expect(int more, int bits) {
        missing = more;
        character = bits;
    }

    private void end(int codePoint) {
        text.appendCodePoint(codePoint);
        missing = 0;
        lowest = 0x80;
        highest = 0xBF;
    }

    /** The text of {@code bytes}, or their codes where they are not text. */
    static String visible(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            var codes = new StringBuilder();
            for (byte b : bytes) {
                codes.append(b >= ' ' && b <= '~' ? String.valueOf((char) b) : String.format("\\x%02X", b & 0xFF));
            }
            return codes.toString();
        }
    }
}
