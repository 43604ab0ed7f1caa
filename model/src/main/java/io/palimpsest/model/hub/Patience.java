package io.palimpsest.model.hub;

import java.time.Duration;

/**
 * How long to go on when the hub or the network fails: each wait is twice the one before, unless the hub asks for another.
 *
 * @param attempts how often something is tried that makes no progress
 * @param first the first wait
 * @param longest the longest wait, also where the hub asks for more
 * @param silence how long a connection may send nothing before it counts as lost
 * @param pause waits; tests bring their own
 */
record Patience(int attempts, Duration first, Duration longest, Duration silence, Pause pause) {

    /** Lets time pass. */
    interface Pause {
        void sleep(Duration time) throws InterruptedException;
    }

    static Patience usual() {
        return new Patience(6, Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofSeconds(45), Patience::sleep);
    }

    private static void sleep(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    /** The wait after the given failed attempt; the first is 1. */
    Duration after(int attempt) {
        Duration wait = first.multipliedBy(1L << Math.min(attempt - 1, 20));
        return wait.compareTo(longest) < 0 ? wait : longest;
    }

    void await(Duration time) {
        try {
            pause.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("stopped while waiting for the hub.", e);
        }
    }
}
