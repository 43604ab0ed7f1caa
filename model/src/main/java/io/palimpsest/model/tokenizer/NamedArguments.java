package io.palimpsest.model.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Encloses the values of named arguments in a tag: {@code f(last=n - 1)} becomes {@code f(last=(n - 1))}.
 *
 * <p>Jinjava lets {@code =} bind closer than other operators and would take 1 from the argument; Jinja2 does not.
 */
final class NamedArguments {

    private final String tag;
    private final StringBuilder enclosed = new StringBuilder();
    /** For each open bracket: whether it is a call's, and whether a value in it is still to be closed. */
    private final Deque<Bracket> open = new ArrayDeque<>();

    private static final class Bracket {
        private final boolean round;
        private boolean value;

        Bracket(boolean round) {
            this.round = round;
        }
    }

    private NamedArguments(String tag) {
        this.tag = tag;
    }

    static String enclosed(String tag) {
        return tag.matches("(?s)\\{%[-+]?\\s*macro\\b.*") ? tag : new NamedArguments(tag).enclose();
    }

    private String enclose() {
        for (int i = 0; i < tag.length(); i++) {
            char letter = tag.charAt(i);
            if (letter == '\'' || letter == '"') {
                int end = stringEnd(i);
                enclosed.append(tag, i, end);
                i = end - 1;
            } else {
                copy(letter, i);
            }
        }
        return enclosed.toString();
    }

    private int stringEnd(int start) {
        int end = start + 1;
        while (end < tag.length() && tag.charAt(end) != tag.charAt(start)) {
            end += tag.charAt(end) == '\\' ? 2 : 1;
        }
        return Math.min(end + 1, tag.length());
    }

    private void copy(char letter, int at) {
        if (letter == ',' || ")]}".indexOf(letter) >= 0) {
            closeValue();
        }
        enclosed.append(letter);
        if ("([{".indexOf(letter) >= 0) {
            open.push(new Bracket(letter == '('));
        } else if (")]}".indexOf(letter) >= 0) {
            open.poll();
        } else if (letter == '=' && !open.isEmpty() && open.element().round && isAssignment(at)) {
            enclosed.append('(');
            open.element().value = true;
        }
    }

    private void closeValue() {
        if (!open.isEmpty() && open.element().value) {
            enclosed.append(')');
            open.element().value = false;
        }
    }

    private boolean isAssignment(int at) {
        return "=!<>".indexOf(tag.charAt(at - 1)) < 0 && at + 1 < tag.length() && tag.charAt(at + 1) != '=';
    }
}
