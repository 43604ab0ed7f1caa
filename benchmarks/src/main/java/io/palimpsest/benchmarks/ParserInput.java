package io.palimpsest.benchmarks;

import io.palimpsest.training.scratch.WordVocabulary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Texts as parsers of constituents want them: sentences of words with a space between any two. There is one word for each of
 * {@link WordVocabulary#words}, so that the n-th leaf of a tree is the text's n-th word.
 */
final class ParserInput {

    private static final Pattern ENDS = Pattern.compile("[.!?]+([\"']|-RRB-)*");
    private static final String NOTHING = "_";

    private ParserInput() {}

    /** The words of {@code text}, none empty; brackets are written and {@code isn't} is cut as in the Penn treebank. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : WordVocabulary.words(text)) {
            String bare = word.strip();
            int last = words.size() - 1;
            if (bare.equals("'t")
                    && last >= 0
                    && words.get(last).length() > 1
                    && words.get(last).endsWith("n")) {
                words.set(last, words.get(last).substring(0, words.get(last).length() - 1));
                bare = "n't";
            }
            words.add(bare.isEmpty() ? NOTHING : bare.replace("(", "-LRB-").replace(")", "-RRB-"));
        }
        return List.copyOf(words);
    }

    /** The sentences of {@code text}: one ends with a word of full stops, question or exclamation marks that a space follows. */
    static List<String> sentences(String text) {
        List<String> spelt = WordVocabulary.words(text);
        List<String> words = words(text);
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            boolean isLast = i == words.size() - 1;
            if (isLast
                    || (ENDS.matcher(words.get(i)).matches() && spelt.get(i + 1).startsWith(" "))) {
                ends.add(i + 1);
            }
        }
        return cut(words, ends);
    }

    private static List<String> cut(List<String> words, List<Integer> ends) {
        List<String> sentences = new ArrayList<>();
        int from = 0;
        for (int end : ends) {
            sentences.add(String.join(" ", words.subList(from, end)));
            from = end;
        }
        return Collections.unmodifiableList(sentences);
    }
}
