package io.palimpsest.benchmarks;

import io.palimpsest.training.data.Constituent;
import java.util.ArrayList;
import java.util.List;

/**
 * A tree of constituents, read from the brackets of the Penn treebank, {@code (ROOT (NP (DT The) (NN inn)))}.
 *
 * @param words the leaves in order
 * @param constituents outer ones first, by the categories of their labels, {@code NP} of {@code NP-TMP}; neither the root nor parts of speech
 */
record PennTree(List<String> words, List<Constituent> constituents) {

    PennTree {
        words = List.copyOf(words);
        constituents = List.copyOf(constituents);
    }

    /** Reads the tree that {@code brackets} are. */
    static PennTree parse(String brackets) {
        return new Reader(brackets).tree();
    }

    /** Reads left to right. */
    private static final class Reader {

        private static final String ROOTS = "|ROOT|TOP|";

        private final String text;
        private final List<String> words = new ArrayList<>();
        private final List<Constituent> found = new ArrayList<>();
        private int at;

        Reader(String text) {
            this.text = text;
        }

        PennTree tree() {
            node();
            skip();
            if (at < text.length()) {
                throw wrong("nothing behind the tree");
            }
            return new PennTree(words, found);
        }

        private void node() {
            take('(');
            String label = atom();
            int from = words.size();
            skip();
            if (peek() != '(' && peek() != ')') {
                words.add(atom());
            } else {
                children(label, from);
            }
            take(')');
        }

        private void children(String label, int from) {
            int own = found.size();
            skip();
            if (peek() != '(') {
                throw wrong("a word or '(' behind '" + label + "'");
            }
            while (peek() == '(') {
                node();
                skip();
            }
            if (!label.isEmpty() && !ROOTS.contains("|" + label + "|")) {
                found.add(own, new Constituent(from, words.size(), label.split("[-=|]", 2)[0]));
            }
        }

        private String atom() {
            skip();
            int from = at;
            while (at < text.length() && "() \t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at);
        }

        private void skip() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        private void take(char wanted) {
            skip();
            if (peek() != wanted) {
                throw wrong("'" + wanted + "'");
            }
            at++;
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : ' ';
        }

        private IllegalArgumentException wrong(String expected) {
            String found =
                    at < text.length() ? "'" + text.substring(at, Math.min(text.length(), at + 20)) + "'" : "the end";
            return new IllegalArgumentException(
                    "a tree should have " + expected + " at character " + (at + 1) + ", but there is " + found);
        }
    }
}
