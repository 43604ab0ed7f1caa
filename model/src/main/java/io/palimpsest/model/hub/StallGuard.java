package io.palimpsest.model.hub;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Closes a connection that sends nothing for too long: the JDK's client waits for ever. */
final class StallGuard implements AutoCloseable {

    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "hub-stall-guard");
        thread.setDaemon(true);
        return thread;
    });

    private final Closeable body;
    private final AtomicBoolean heard = new AtomicBoolean(true);
    private final ScheduledFuture<?> look;

    StallGuard(InputStream body, Duration silence) {
        this.body = body;
        long period = Math.max(1, silence.toMillis());
        this.look = CLOCK.scheduleAtFixedRate(this::look, period, period, TimeUnit.MILLISECONDS);
    }

    /** Something has come. */
    void alive() {
        heard.set(true);
    }

    private void look() {
        if (!heard.getAndSet(false)) {
            try {
                body.close();
            } catch (IOException e) {
                // Whoever reads from it learns of it.
                return;
            }
        }
    }

    @Override
    public void close() {
        look.cancel(false);
    }
}
