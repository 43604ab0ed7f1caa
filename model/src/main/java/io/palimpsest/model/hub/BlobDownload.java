package io.palimpsest.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.function.LongConsumer;

/**
 * Fetches one file into {@code blobs/{etag}}. The bytes arrive in {@code {etag}.incomplete}, which a later call continues;
 * the file gets its name when its length and its checksum are right.
 */
final class BlobDownload {

    private static final int PIECE = 1 << 18;
    private static final long LONG_TO_READ = 500_000_000;

    private final HubClient hub;
    private final Repository repository;
    private final String commit;
    private final RemoteFile file;
    private final Path incomplete;
    private final Path blob;
    private final LongConsumer arrived;

    private Checksum checksum;
    private long length;

    /**
     * @param arrived is told how many bytes more are here; fewer when they have to be fetched again
     */
    BlobDownload(
            HubClient hub, Repository repository, String commit, RemoteFile file, Path blobs, LongConsumer arrived) {
        this.hub = hub;
        this.repository = repository;
        this.commit = commit;
        this.file = file;
        this.incomplete = incomplete(blobs, file.etag());
        this.blob = blobs.resolve(file.etag());
        this.arrived = arrived;
        this.checksum = Checksum.of(file);
    }

    static Path incomplete(Path blobs, String etag) {
        return blobs.resolve(etag + ".incomplete");
    }

    void run() {
        try {
            Files.createDirectories(blob.getParent());
            takeUp();
            for (int attempt = 1; length < file.size(); ) {
                long before = length;
                fetch(attempt);
                attempt = length > before ? 1 : attempt + 1;
            }
            verify();
            Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    /** Reads what an earlier call left, for the checksum. */
    private void takeUp() throws IOException {
        if (!Files.exists(incomplete)) {
            Files.createFile(incomplete);
        }
        if (Files.size(incomplete) > file.size()) {
            startAgain();
            return;
        }
        if (Files.size(incomplete) > LONG_TO_READ) {
            hub.note("reading the " + ByteSize.of(Files.size(incomplete)) + " of " + file.name() + " that are here");
        }
        byte[] piece = new byte[PIECE];
        try (InputStream there = Files.newInputStream(incomplete)) {
            for (int count = there.read(piece); count >= 0; count = there.read(piece)) {
                take(piece, count);
            }
        }
    }

    private void startAgain() throws IOException {
        Files.newOutputStream(incomplete, StandardOpenOption.TRUNCATE_EXISTING).close();
        arrived.accept(-length);
        length = 0;
        checksum = Checksum.of(file);
    }

    private void fetch(int attempt) throws IOException {
        HttpResponse<InputStream> answer = hub.open(repository, commit, file.name(), length);
        try (InputStream body = answer.body();
                StallGuard guard = new StallGuard(body, hub.patience().silence())) {
            if (answer.statusCode() != 206 || !continues(answer)) {
                startAgain();
            }
            if (answer.statusCode() != 416) {
                append(body, guard);
            }
        } catch (ConnectionLostException e) {
            giveUpOrWait(attempt, e);
        }
    }

    /** Whether the answer begins where this file ends. */
    private boolean continues(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("Content-Range")
                .map(range -> range.startsWith("bytes " + length + "-"))
                .orElse(false);
    }

    private void append(InputStream body, StallGuard guard) throws IOException {
        byte[] piece = new byte[PIECE];
        try (OutputStream out = Files.newOutputStream(incomplete, StandardOpenOption.APPEND)) {
            while (length < file.size()) {
                int count = read(body, piece);
                guard.alive();
                out.write(piece, 0, count);
                take(piece, count);
                arrived.accept(count);
            }
        }
    }

    private int read(InputStream body, byte[] piece) throws ConnectionLostException {
        try {
            int count = body.read(piece, 0, (int) Math.min(piece.length, file.size() - length));
            if (count < 0) {
                throw new ConnectionLostException(new IOException("it ended too early"));
            }
            return count;
        } catch (ConnectionLostException e) {
            throw e;
        } catch (IOException e) {
            throw new ConnectionLostException(e);
        }
    }

    private void take(byte[] piece, int count) {
        checksum.update(piece, count);
        length += count;
    }

    private void giveUpOrWait(int attempt, ConnectionLostException e) {
        if (attempt >= hub.patience().attempts() || Thread.currentThread().isInterrupted()) {
            throw hub.lost(file.name(), e);
        }
        hub.patience().await(hub.patience().after(attempt));
    }

    private void verify() throws IOException {
        String found = checksum.hex();
        if (!found.equals(file.etag())) {
            Files.delete(incomplete);
            throw new HubException(file.name() + " did not arrive as it is on the hub (checksum " + found
                    + ", expected " + file.etag() + "). It is deleted; try again.");
        }
    }

    private HubException cannotWrite(IOException e) {
        boolean full = HubClient.reason(e).toLowerCase(Locale.ROOT).contains("space left")
                || blob.toFile().getParentFile().getUsableSpace() < PIECE;
        return full
                ? new HubException(
                        "the disk is full: " + file.name() + " needs " + ByteSize.of(file.size() - length) + " more in "
                                + blob.getParent() + ". Free some, or let HF_HOME name a folder on another disk.",
                        e)
                : new HubException("cannot write " + incomplete + ": " + HubClient.reason(e), e);
    }

    /** Reading failed, not writing. */
    private static final class ConnectionLostException extends IOException {
        private static final long serialVersionUID = 1;

        ConnectionLostException(IOException cause) {
            super(HubClient.reason(cause), cause);
        }
    }
}
