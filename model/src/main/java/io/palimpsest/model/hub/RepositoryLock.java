package io.palimpsest.model.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets one process, and one thread of it, at a time change a repository's folder; the system frees it if a process dies. */
final class RepositoryLock implements AutoCloseable {

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

    private final FileChannel channel;

    private RepositoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static RepositoryLock take(Path cache, Repository repository, Consumer<String> notes) {
        Path file = cache.resolve(".locks").resolve(repository.folder()).resolve("palimpsest.lock");
        try {
            Files.createDirectories(file.getParent());
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            waitFor(channel, repository, notes);
            return new RepositoryLock(channel);
        } catch (IOException e) {
            throw new HubException("cannot write " + file + ": " + HubClient.reason(e), e);
        }
    }

    private static void waitFor(FileChannel channel, Repository repository, Consumer<String> notes) throws IOException {
        boolean told = false;
        while (tryLock(channel) == null) {
            if (!told) {
                notes.accept("another palimpsest works on " + repository.id() + ", waiting for it");
                told = true;
            }
            pause(channel);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // another thread of this process has it
        }
    }

    private static void pause(FileChannel channel) throws IOException {
        try {
            Thread.sleep(BETWEEN_TRIES.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            channel.close();
            throw new HubException("stopped.", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new HubException("cannot free a lock: " + HubClient.reason(e), e);
        }
    }
}
