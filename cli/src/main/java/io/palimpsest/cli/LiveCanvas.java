package io.palimpsest.cli;

import io.palimpsest.cli.TextLayout.Glyph;
import io.palimpsest.cli.TextLayout.Row;
import io.palimpsest.diffusion.canvas.State;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws a canvas on a terminal and redraws it in place: hidden positions are shaded, drafts are dim, settled text is plain.
 *
 * <p>Only the rows that changed are drawn again. A terminal cannot take back a row that has scrolled away, so a row with
 * anything unsettled in it, or above it, is drawn only as long as it stays on the screen.
 */
final class LiveCanvas implements CanvasView {

    private static final String HIDE_CURSOR = "\033[?25l";
    private static final String SHOW_CURSOR = "\033[?25h";
    private static final String CLEAR_LINE = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";
    private static final String PLAIN = "\033[0m";
    private static final String DIM = "\033[2m";

    private final PrintStream out;
    private final Screen screen;
    private final Thread restoring = new Thread(this::restore);
    private List<String> drawn = List.of();
    private boolean drawing;

    LiveCanvas(PrintStream out, Screen screen) {
        this.out = out;
        this.screen = screen;
    }

    @Override
    public synchronized void show(List<Piece> pieces) {
        if (!drawing) {
            begin();
        }
        int keep = settledRows(pieces) + reachableRows();
        List<Row> rows = layout(pieces);
        draw(rows.subList(0, Math.min(rows.size(), keep)));
    }

    @Override
    public synchronized void finish(String text) {
        draw(layout(List.of(new Piece(text, State.COMMITTED))));
        close();
    }

    @Override
    public synchronized void close() {
        if (drawing) {
            restore();
            forgetHook();
            drawing = false;
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(restoring);
        } catch (IllegalStateException e) {
            // The JVM is shutting down: the hook is at work already.
        }
    }

    private void begin() {
        drawing = true;
        Runtime.getRuntime().addShutdownHook(restoring);
        out.print(HIDE_CURSOR);
    }

    /** Also when the user interrupts: the shutdown hook calls this while a frame may be half drawn. */
    private void restore() {
        out.print((screen.colour() ? PLAIN : "") + SHOW_CURSOR);
        out.flush();
    }

    /** The last column stays free: terminals differ in where the cursor is after a character there. */
    private List<Row> layout(List<Piece> pieces) {
        return TextLayout.rows(pieces, screen.columns() - 1);
    }

    private int settledRows(List<Piece> pieces) {
        int settled = 0;
        while (settled < pieces.size() && pieces.get(settled).settled()) {
            settled++;
        }
        return layout(pieces.subList(0, settled)).size() - 1;
    }

    private int reachableRows() {
        return screen.rows() - 1;
    }

    private void draw(List<Row> rows) {
        List<String> wanted = rows.stream().map(this::styled).toList();
        int first = Math.max(firstDifference(wanted), drawn.size() - reachableRows());
        StringBuilder frame = new StringBuilder();
        if (drawn.size() > first) {
            frame.append("\033[").append(drawn.size() - first).append('A');
        }
        for (String row : wanted.subList(Math.min(first, wanted.size()), wanted.size())) {
            frame.append('\r').append(row).append(CLEAR_LINE).append('\n');
        }
        if (drawn.size() > wanted.size()) {
            frame.append(CLEAR_BELOW);
        }
        drawn = new ArrayList<>(wanted);
        out.print(frame);
        out.flush();
    }

    private int firstDifference(List<String> wanted) {
        int shared = Math.min(wanted.size(), drawn.size());
        int i = 0;
        while (i < shared && wanted.get(i).equals(drawn.get(i))) {
            i++;
        }
        return i;
    }

    private String styled(Row row) {
        StringBuilder text = new StringBuilder();
        boolean dim = false;
        for (Glyph glyph : row.glyphs()) {
            boolean unsettled = screen.colour() && isUnsettled(glyph.state());
            if (unsettled != dim) {
                text.append(unsettled ? DIM : PLAIN);
                dim = unsettled;
            }
            text.append(glyph.text());
        }
        return dim ? text.append(PLAIN).toString() : text.toString();
    }

    private static boolean isUnsettled(State state) {
        return state == State.HIDDEN || state == State.PROVISIONAL;
    }
}
