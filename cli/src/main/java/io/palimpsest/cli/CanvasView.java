package io.palimpsest.cli;

import java.util.List;

/** Shows a canvas while it settles, and its text when it has. */
interface CanvasView extends AutoCloseable {

    /** The canvas after one more step. */
    void show(List<Piece> pieces);

    /** The text it became. */
    void finish(String text);

    /** Leaves the terminal as it was found, also when nothing was finished. */
    @Override
    default void close() {}

    /** In place on a terminal, as plain text into a pipe or a file. */
    static CanvasView on(Console console) {
        return console.screen()
                .<CanvasView>map(screen -> new LiveCanvas(console.out(), screen))
                .orElseGet(() -> new PlainStream(console.out()));
    }

    /** The text alone, when it is finished. */
    static CanvasView still(Console console) {
        return new CanvasView() {
            @Override
            public void show(List<Piece> pieces) {}

            @Override
            public void finish(String text) {
                console.out().println(text);
            }
        };
    }
}
