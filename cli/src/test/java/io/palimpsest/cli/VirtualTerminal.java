package io.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of a terminal as {@link LiveCanvas} needs; refuses every sequence it does not know. */
final class VirtualTerminal {

    private static final Pattern SEQUENCE = Pattern.compile("\033\\[(\\??\\d*)([A-Za-z])");

    private final int columns;
    private final int screenRows;
    private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    private int row;
    private int column;
    private boolean cursorVisible = true;
    private boolean dim;

    VirtualTerminal(int columns, int screenRows) {
        this.columns = columns;
        this.screenRows = screenRows;
    }

    void write(String output) {
        Matcher matcher = SEQUENCE.matcher(output);
        int at = 0;
        while (at < output.length()) {
            if (output.charAt(at) == '\033') {
                if (!matcher.find(at) || matcher.start() != at) {
                    throw new IllegalArgumentException("unknown sequence at " + at + ": " + output.substring(at));
                }
                obey(matcher.group(1), matcher.group(2));
                at = matcher.end();
            } else {
                put(output.charAt(at++));
            }
        }
    }

    private void obey(String number, String letter) {
        switch (letter) {
            case "A" -> {
                row -= Integer.parseInt(number);
                if (row < 0 || row < lines.size() - screenRows) {
                    throw new IllegalArgumentException("the cursor left the screen: row " + row);
                }
            }
            case "K" -> line().setLength(Math.min(column, line().length()));
            case "J" -> {
                line().setLength(Math.min(column, line().length()));
                while (lines.size() > row + 1) {
                    lines.remove(lines.size() - 1);
                }
            }
            case "m" -> dim = number.equals("2");
            case "l" -> cursorVisible = false;
            case "h" -> cursorVisible = true;
            default -> throw new IllegalArgumentException("unknown sequence " + number + letter);
        }
    }

    private void put(char character) {
        if (character == '\r') {
            column = 0;
        } else if (character == '\n') {
            row++;
            column = 0;
            if (row == lines.size()) {
                lines.add(new StringBuilder());
            }
        } else {
            if (column >= columns - 1) {
                throw new IllegalArgumentException("a row reaches the last column: " + line() + character);
            }
            line().replace(column, Math.min(column + 1, line().length()), String.valueOf(character));
            column++;
        }
    }

    private StringBuilder line() {
        return lines.get(row);
    }

    String text() {
        return String.join("\n", lines);
    }

    boolean cursorVisible() {
        return cursorVisible;
    }

    boolean dim() {
        return dim;
    }
}
