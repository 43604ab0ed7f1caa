package io.palimpsest.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with gaps: {@code pieces} are the given parts, one more than there are {@code lengths}. Brackets that hold anything
 * but digits are text.
 */
record GapText(List<String> pieces, List<OptionalInt> lengths) {

    private static final Pattern GAP = Pattern.compile("\\[\\[(\\d*)]]");
    private static final int LONGEST = 4096;

    GapText {
        pieces = List.copyOf(pieces);
        lengths = List.copyOf(lengths);
    }

    static GapText parse(String text) {
        List<String> pieces = new ArrayList<>();
        List<OptionalInt> lengths = new ArrayList<>();
        Matcher gap = GAP.matcher(text);
        int from = 0;
        while (gap.find()) {
            pieces.add(text.substring(from, gap.start()));
            lengths.add(length(gap.group(1)));
            from = gap.end();
        }
        pieces.add(text.substring(from));
        return new GapText(pieces, lengths);
    }

    private static OptionalInt length(String digits) {
        if (digits.isEmpty()) {
            return OptionalInt.empty();
        }
        int length = digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (length < 1 || length > LONGEST) {
            throw new IllegalArgumentException(
                    "a gap holds between 1 and " + LONGEST + " tokens; got [[" + digits + "]]");
        }
        return OptionalInt.of(length);
    }

    int gaps() {
        return lengths.size();
    }

    /** The given text with {@code fills} in its gaps. A space before a gap and one at the fill's beginning are the same. */
    String with(List<String> fills) {
        StringBuilder text = new StringBuilder(pieces.get(0));
        for (int i = 0; i < fills.size(); i++) {
            boolean twice = pieces.get(i).endsWith(" ") && fills.get(i).startsWith(" ");
            text.append(twice ? fills.get(i).substring(1) : fills.get(i)).append(pieces.get(i + 1));
        }
        return text.toString();
    }

    /** Piece {@code i} as it is encoded: a space before a gap belongs to the first word in it. */
    String encoded(int i) {
        String piece = pieces.get(i);
        return i < gaps() && piece.endsWith(" ") ? piece.substring(0, piece.length() - 1) : piece;
    }
}
