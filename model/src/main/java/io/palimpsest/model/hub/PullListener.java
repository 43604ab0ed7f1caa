package io.palimpsest.model.hub;

/** Follows a pull; called by one thread at a time. */
public interface PullListener {

    /** Listens to nothing. */
    PullListener NONE = new PullListener() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void note(String line) {}
    };

    /**
     * Bytes have arrived.
     *
     * @param done how many of the wanted bytes are here, those of earlier calls among them
     * @param total how many are wanted
     */
    void progress(long done, long total);

    /** Something to wait for, in one line. */
    void note(String line);
}
