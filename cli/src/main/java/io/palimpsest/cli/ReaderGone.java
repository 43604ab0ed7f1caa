package io.palimpsest.cli;

import java.util.concurrent.CancellationException;

/** Whoever read standard output has read enough, as {@code head} does: no failure, and nothing to tell. */
final class ReaderGone extends CancellationException {

    private static final long serialVersionUID = 1;

    ReaderGone() {
        super("nobody reads standard output any more.");
    }
}
