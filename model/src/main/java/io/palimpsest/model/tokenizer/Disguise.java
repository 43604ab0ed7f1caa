package io.palimpsest.model.tokenizer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hides what looks like markup in a message while a template is rendered around it, and reveals it afterwards.
 *
 * <p>Between the two the markup of the template is closed ({@link Seal#close}), so what is revealed stays text. A
 * beginning of a special token at a message's end, or an end at its beginning, is hidden too: the template's own text
 * next to it could complete it. The stand-ins are letters and digits nobody can guess, which templates leave alone.
 */
final class Disguise {

    private final List<String> spellings;
    private final Pattern any;
    private final String nonce = "q" + UUID.randomUUID().toString().replace("-", "");
    private final Pattern standIn = Pattern.compile(nonce + "z(\\d+)z");
    private final List<String> hidden = new ArrayList<>();

    Disguise(Vocabulary vocabulary) {
        this.spellings = vocabulary.spellings();
        this.any = Seal.anyOf(vocabulary);
    }

    /** The content with stand-ins for what looks like markup. */
    String hide(String content) {
        BitSet suspect = suspect(content);
        var disguised = new StringBuilder();
        int done = 0;
        for (int from = suspect.nextSetBit(0); from >= 0; from = suspect.nextSetBit(done)) {
            disguised.append(content, done, from);
            done = suspect.nextClearBit(from);
            disguised.append(standIn(content.substring(from, done)));
        }
        return disguised.append(content, done, content.length()).toString();
    }

    private BitSet suspect(String content) {
        var suspect = new BitSet(content.length());
        any.matcher(content).results().forEach(match -> suspect.set(match.start(), match.end()));
        int start = content.length() - content.stripLeading().length();
        int end = content.stripTrailing().length();
        if (start < end) {
            suspect.set(start, start + longestEnd(content.substring(start, end)));
            suspect.set(end - longestBeginning(content.substring(start, end)), end);
        }
        return suspect;
    }

    /** How many of the first characters of {@code text} end a special token. */
    private int longestEnd(String text) {
        return longest(text, (spelling, length) -> spelling.endsWith(text.substring(0, length)));
    }

    /** How many of the last characters of {@code text} begin a special token. */
    private int longestBeginning(String text) {
        return longest(text, (spelling, length) -> spelling.startsWith(text.substring(text.length() - length)));
    }

    private int longest(String text, Fit fit) {
        int longest = 0;
        for (String spelling : spellings) {
            for (int length = Math.min(spelling.length(), text.length()); length > longest; length--) {
                if (fit.test(spelling, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private interface Fit {
        boolean test(String spelling, int length);
    }

    private String standIn(String text) {
        hidden.add(text);
        return nonce + "z" + (hidden.size() - 1) + "z";
    }

    /** The text with its stand-ins replaced by what they stand for. */
    String reveal(String text) {
        return standIn.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(hidden.get(Integer.parseInt(match.group(1)))));
    }
}
