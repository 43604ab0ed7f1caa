package io.palimpsest.cli;

import java.io.PrintStream;
import java.util.List;

/**
 * Text for a pipe: what has settled at the front of the canvas is printed as soon as it is there. Nothing is printed that
 * may still change, so the last words of what has settled wait for {@link #finish}.
 */
final class PlainStream implements CanvasView {

    private final PrintStream out;
    private String printed = "";

    PlainStream(PrintStream out) {
        this.out = out;
    }

    @Override
    public void show(List<Piece> pieces) {
        String settled = settledFront(pieces);
        int end = Math.max(settled.lastIndexOf(' '), settled.lastIndexOf('\n'));
        String words = settled.substring(0, Math.max(end, 0)).stripTrailing();
        if (words.length() > printed.length() && words.startsWith(printed)) {
            print(words);
        }
    }

    @Override
    public void finish(String text) {
        if (!text.startsWith(printed)) {
            // The model took back what it had committed: the finished text follows whole, on lines of its own.
            out.println();
            printed = "";
        }
        print(text);
        out.println();
    }

    private void print(String text) {
        out.print(text.substring(printed.length()));
        out.flush();
        printed = text;
    }

    private static String settledFront(List<Piece> pieces) {
        StringBuilder front = new StringBuilder();
        for (Piece piece : pieces) {
            if (!piece.settled()) {
                break;
            }
            front.append(piece.text());
        }
        return front.toString();
    }
}
