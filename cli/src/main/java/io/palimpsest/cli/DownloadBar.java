package io.palimpsest.cli;

import io.palimpsest.model.hub.ByteSize;
import io.palimpsest.model.hub.PullListener;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How far a download is, in one line that is drawn again on a terminal; into a file, a line for each tenth.
 *
 * <p>For example {@code  45% [#########...........] 7.2 GB of 16.1 GB, 84.0 MB/s, 2 min left}.
 */
final class DownloadBar implements PullListener, AutoCloseable {

    private static final long SECOND = 1_000_000_000L;
    private static final long BETWEEN_DRAWINGS = SECOND / 10;
    private static final int LONGEST_BAR = 30;
    private static final int LEAST_BAR = 8;

    private final PrintStream err;
    private final Optional<Screen> screen;
    private final LongSupplier nanoTime;

    private long began;
    private long begunWith;
    private long lastDrawn = Long.MIN_VALUE;
    private long lastTenth = -1;
    private String line = "";
    private long done;
    private long total;

    DownloadBar(PrintStream err, Optional<Screen> screen, LongSupplier nanoTime) {
        this.err = err;
        this.screen = screen;
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void progress(long bytes, long of) {
        long now = nanoTime.getAsLong();
        if (total == 0) {
            began = now;
            begunWith = bytes;
        }
        done = bytes;
        total = Math.max(1, of);
        if (screen.isPresent()) {
            drawAtTimes(now, screen.get());
        } else {
            printTenths(now);
        }
    }

    private void drawAtTimes(long now, Screen terminal) {
        if (lastDrawn == Long.MIN_VALUE || now - lastDrawn >= BETWEEN_DRAWINGS || done >= total) {
            lastDrawn = now;
            draw(bar(terminal.columns() - 1, now));
        }
    }

    private void printTenths(long now) {
        long tenth = 10 * done / total;
        if (tenth > lastTenth) {
            lastTenth = tenth;
            err.println(percent() + " " + numbers(now));
        }
    }

    @Override
    public synchronized void note(String note) {
        clear();
        err.println("palimpsest: " + note);
        err.flush();
    }

    /** How much is here, for someone who stops it. */
    synchronized String soFar() {
        return total == 0 ? "" : ByteSize.of(done) + " of " + ByteSize.of(total) + " are here; ";
    }

    /** Leaves no half-drawn line behind. */
    @Override
    public synchronized void close() {
        clear();
        err.flush();
    }

    private String bar(int columns, long now) {
        String numbers = numbers(now);
        int length = Math.min(LONGEST_BAR, columns - numbers.length() - 8);
        if (length < LEAST_BAR) {
            String whole = percent() + " " + numbers;
            return whole.substring(0, Math.min(whole.length(), columns));
        }
        int full = (int) (length * Math.min(done, total) / total);
        return percent() + " [" + "#".repeat(full) + ".".repeat(length - full) + "] " + numbers;
    }

    private String percent() {
        return String.format(Locale.ROOT, "%3d%%", 100 * Math.min(done, total) / total);
    }

    private String numbers(long now) {
        String sizes = ByteSize.of(done) + " of " + ByteSize.of(total);
        double seconds = (now - began) / (double) SECOND;
        if (seconds < 1 || done <= begunWith) {
            return sizes;
        }
        double perSecond = (done - begunWith) / seconds;
        String speed = sizes + ", " + ByteSize.of((long) perSecond) + "/s";
        return done >= total ? speed : speed + ", " + duration((total - done) / perSecond) + " left";
    }

    private static String duration(double seconds) {
        if (seconds < 90) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        return seconds < 5400 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h";
    }

    private void draw(String next) {
        err.print("\r" + next + " ".repeat(Math.max(0, line.length() - next.length())));
        err.flush();
        line = next;
    }

    private void clear() {
        if (!line.isEmpty()) {
            err.print("\r" + " ".repeat(line.length()) + "\r");
            line = "";
        }
    }
}
