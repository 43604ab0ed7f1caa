package io.palimpsest.model.tokenizer;

import java.util.Arrays;

/**
 * Decodes a row of ids one at a time and gives out only whole characters: a character may be spread over several tokens.
 *
 * <p>All that {@link #push} and {@link #flush} return, joined, is what {@link Tokenizer#decode(int[])} says of all ids.
 * For one thread; many may share the tokenizer.
 */
public final class TextStream {

    /** No character needs more bytes, so a longer run of tokens that ends in U+FFFD will not become one. */
    private static final int LONGEST_CHARACTER = 4;

    private final Tokenizer tokenizer;
    private final Utf8 utf8 = new Utf8();
    /** Other vocabularies decode a token by its neighbour on the left (spaces), so we keep the last ones given out. */
    private int[] before = {};

    private int[] pending = {};

    TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The text completed by the next id; empty for a special token or a part of a character. */
    public String push(int id) {
        if (tokenizer.specialIds().contains(id)) {
            return "";
        }
        return tokenizer.isByteLevel() ? utf8.push(tokenizer.bytes(id)) : pushToWindow(id);
    }

    /** The text that was held back; the stream is then ready for a new row. */
    public String flush() {
        if (tokenizer.isByteLevel()) {
            return utf8.flush();
        }
        String text = pendingText();
        before = new int[0];
        pending = new int[0];
        return text;
    }

    private String pushToWindow(int id) {
        pending = append(pending, id);
        String text = pendingText();
        if (text.isEmpty() || (text.endsWith("\uFFFD") && pending.length < LONGEST_CHARACTER)) {
            return "";
        }
        before = pending;
        pending = new int[0];
        return text;
    }

    private String pendingText() {
        String left = tokenizer.decode(before);
        int[] window = Arrays.copyOf(before, before.length + pending.length);
        System.arraycopy(pending, 0, window, before.length, pending.length);
        return tokenizer.decode(window).substring(left.length());
    }

    private static int[] append(int[] ids, int id) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = id;
        return longer;
    }
}
