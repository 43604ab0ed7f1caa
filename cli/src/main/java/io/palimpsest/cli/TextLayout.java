package io.palimpsest.cli;

import io.palimpsest.diffusion.canvas.State;
import java.util.ArrayList;
import java.util.List;

/**
 * Breaks pieces into rows that fit a terminal, between words where it can.
 *
 * <p>Text added at the end changes the last row and those after it, never an earlier one: rows of settled text but the last
 * can therefore be left alone once drawn.
 */
final class TextLayout {

    /** One character with the marks that combine with it. */
    record Glyph(String text, int width, State state) {
        boolean isSpace() {
            return text.equals(" ");
        }
    }

    /** One row of the screen. */
    record Row(List<Glyph> glyphs) {
        String text() {
            StringBuilder text = new StringBuilder();
            glyphs.forEach(glyph -> text.append(glyph.text()));
            return text.toString();
        }
    }

    private static final int TAB = 4;
    private static final int EMOJI_STYLE = 0xFE0F;

    private final int columns;
    private final List<Row> rows = new ArrayList<>();
    private final List<Glyph> row = new ArrayList<>();
    private final List<Glyph> word = new ArrayList<>();

    private TextLayout(int columns) {
        this.columns = columns;
    }

    static List<Row> rows(List<Piece> pieces, int columns) {
        TextLayout layout = new TextLayout(columns);
        for (Piece piece : pieces) {
            piece.text().codePoints().forEach(codePoint -> layout.add(codePoint, piece.state()));
        }
        layout.endWord();
        layout.endRow();
        return layout.rows;
    }

    private void add(int codePoint, State state) {
        switch (codePoint) {
            case '\n' -> {
                endWord();
                endRow();
            }
            case '\r' -> {}
            case '\t' -> {
                for (int i = 0; i < TAB; i++) {
                    add(' ', state);
                }
            }
            case ' ' -> {
                endWord();
                addSpace(new Glyph(" ", 1, state));
            }
            default -> addToWord(codePoint, state);
        }
    }

    /** A space that no longer fits is where the row breaks; it is not carried over. */
    private void addSpace(Glyph space) {
        if (width(row) < columns) {
            row.add(space);
        } else {
            endRow();
        }
    }

    private void addToWord(int codePoint, State state) {
        // A model may write escape sequences; a terminal must not obey them.
        int shown = Character.isISOControl(codePoint) ? 0xFFFD : codePoint;
        int width = DisplayWidth.of(shown);
        if (width == 0 && !word.isEmpty()) {
            Glyph base = word.remove(word.size() - 1);
            int baseWidth = shown == EMOJI_STYLE ? 2 : base.width();
            word.add(new Glyph(base.text() + Character.toString(shown), baseWidth, base.state()));
            return;
        }
        if (width(word) + width > columns) {
            endWord();
        }
        word.add(new Glyph(Character.toString(shown), width, state));
    }

    private void endWord() {
        if (width(row) + width(word) > columns) {
            endRow();
        }
        row.addAll(word);
        word.clear();
    }

    private void endRow() {
        rows.add(new Row(List.copyOf(row)));
        row.clear();
    }

    private static int width(List<Glyph> glyphs) {
        return glyphs.stream().mapToInt(Glyph::width).sum();
    }
}
