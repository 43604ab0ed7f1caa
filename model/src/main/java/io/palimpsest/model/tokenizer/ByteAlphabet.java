package io.palimpsest.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The 256 visible characters that byte-level BPE writes for the 256 bytes (GPT-2, Radford et al. 2019).
 *
 * <p>Printable Latin-1 characters stand for themselves, the other 68 bytes take the characters from U+0100 on in order; a
 * space is {@code Ġ}, a line feed {@code Ċ}.
 */
public final class ByteAlphabet {

    private static final int FIRST_SUBSTITUTE = 0x100;
    private static final int[] BYTE_OF = new int[FIRST_SUBSTITUTE + 68];
    private static final char[] LETTER_OF = new char[256];

    static {
        int substitute = FIRST_SUBSTITUTE;
        for (int value = 0; value < 256; value++) {
            BYTE_OF[value] = -1;
            int letter = standsForItself(value) ? value : substitute++;
            BYTE_OF[letter] = value;
            LETTER_OF[value] = (char) letter;
        }
    }

    private ByteAlphabet() {}

    private static boolean standsForItself(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
    }

    /** The character that stands for {@code value}, 0 to 255. */
    public static char letter(int value) {
        return LETTER_OF[value];
    }

    /** The bytes that {@code piece} writes; a piece with a letter outside the alphabet is plain text and means itself. */
    static byte[] bytes(String piece) {
        var bytes = new ByteArrayOutputStream(piece.length());
        for (int i = 0; i < piece.length(); i++) {
            char letter = piece.charAt(i);
            if (letter >= BYTE_OF.length || BYTE_OF[letter] < 0) {
                return piece.getBytes(StandardCharsets.UTF_8);
            }
            bytes.write(BYTE_OF[letter]);
        }
        return bytes.toByteArray();
    }
}
