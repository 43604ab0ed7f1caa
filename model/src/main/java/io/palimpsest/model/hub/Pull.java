package io.palimpsest.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One pull: list, choose, describe, fetch what is missing, and give it its names. */
final class Pull {

    private static final int CONNECTIONS = 4;
    private static final long ROOM_TO_LEAVE = 16L << 20;

    private final HubClient hub;
    private final HubCache cache;
    private final Repository repository;
    private final PullListener listener;

    private long done;
    private long total;
    private long fetched;
    private boolean stopped;

    Pull(HubClient hub, HubCache cache, Repository repository, PullListener listener) {
        this.hub = hub;
        this.cache = cache;
        this.repository = repository;
        this.listener = listener;
    }

    Pulled run(Optional<String> file) {
        Listing listing = hub.list(repository);
        Selection selection = Selection.of(listing.sizes().keySet(), file, repository);
        fetchMissing(listing, selection.chosen());
        if (!repository.revision().equals(listing.commit())) {
            cache.writeRef(repository.revision(), listing.commit());
        }
        Path folder = cache.snapshot(listing.commit());
        long bytes = selection.chosen().stream()
                .mapToLong(name -> HubCache.size(folder.resolve(name)))
                .sum();
        return new Pulled(
                repository, listing.commit(), folder, selection.chosen(), bytes, fetched, selection.leftOut());
    }

    private void fetchMissing(Listing listing, List<String> names) {
        List<String> missing = names.stream()
                .filter(name ->
                        !cache.has(listing.commit(), name, listing.sizes().getOrDefault(name, Listing.UNKNOWN)))
                .toList();
        Map<String, List<RemoteFile>> byBlob = new LinkedHashMap<>();
        for (RemoteFile file : describe(listing.commit(), missing)) {
            byBlob.computeIfAbsent(file.etag(), etag -> new ArrayList<>()).add(file);
        }
        List<RemoteFile> needed = byBlob.values().stream()
                .map(files -> files.get(0))
                .filter(file -> !cache.hasBlob(file))
                .toList();
        requireRoom(needed);
        total = needed.stream().mapToLong(RemoteFile::size).sum();
        done = needed.stream().mapToLong(cache::begun).sum();
        fetch(listing.commit(), needed, byBlob);
    }

    private List<RemoteFile> describe(String commit, List<String> names) {
        List<Callable<RemoteFile>> questions = new ArrayList<>();
        names.forEach(name -> questions.add(() -> hub.describe(repository, commit, name)));
        return inParallel(questions);
    }

    private void requireRoom(List<RemoteFile> needed) {
        long bytes = needed.stream()
                .mapToLong(file -> file.size() - cache.begun(file))
                .sum();
        long free = room();
        if (bytes > 0 && bytes + ROOM_TO_LEAVE > free) {
            throw new HubException(repository + " needs " + ByteSize.of(bytes) + " in "
                    + cache.root().getParent()
                    + ", but there are only " + ByteSize.of(free)
                    + " free. Free some, or let HF_HOME name a folder on another disk.");
        }
    }

    private long room() {
        for (Path folder = cache.root(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder)) {
                return room(folder);
            }
        }
        return Long.MAX_VALUE;
    }

    private static long room(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE; // not known here: then the disk says so when it is full
        }
    }

    private void fetch(String commit, List<RemoteFile> needed, Map<String, List<RemoteFile>> byBlob) {
        List<Callable<String>> downloads = new ArrayList<>();
        for (RemoteFile file : needed) {
            downloads.add(() -> {
                long begun = cache.begun(file);
                new BlobDownload(hub, repository, commit, file, cache.blobs(), this::arrived).run();
                point(commit, byBlob.getOrDefault(file.etag(), List.of()));
                countFetched(file.size() - begun);
                return file.etag();
            });
        }
        byBlob.values().stream().filter(files -> cache.hasBlob(files.get(0))).forEach(files -> point(commit, files));
        if (downloads.isEmpty()) {
            return;
        }
        listener.progress(done, total);
        try {
            inParallel(downloads);
        } catch (HubException e) {
            throw new HubException(e.getMessage() + whatIsHere(needed), e);
        }
    }

    private void point(String commit, Collection<RemoteFile> files) {
        files.forEach(file -> cache.point(commit, file.name(), file.etag()));
    }

    private String whatIsHere(List<RemoteFile> needed) {
        long here = needed.stream()
                .mapToLong(file -> cache.hasBlob(file) ? file.size() : cache.begun(file))
                .sum();
        return here == 0
                ? ""
                : " " + ByteSize.of(here) + " of " + ByteSize.of(total)
                        + " are here; the same command goes on from there.";
    }

    private synchronized void arrived(long bytes) {
        if (stopped) {
            throw new CancellationException("another file failed");
        }
        done += bytes;
        listener.progress(done, total);
    }

    private synchronized void countFetched(long bytes) {
        fetched += bytes;
    }

    private synchronized void setStopped(boolean now) {
        stopped = now;
    }

    /** All results in any order; the first failure stops the others. */
    private <T> List<T> inParallel(List<Callable<T>> tasks) {
        setStopped(false);
        ExecutorService workers = Executors.newFixedThreadPool(CONNECTIONS, task -> {
            Thread thread = new Thread(task, "hub-connection");
            thread.setDaemon(true);
            return thread;
        });
        CompletionService<T> running = new ExecutorCompletionService<>(workers);
        List<Future<T>> submitted = tasks.stream().map(running::submit).toList();
        try {
            for (int i = 0; i < submitted.size(); i++) {
                running.take().get();
            }
            List<T> results = new ArrayList<>();
            for (Future<T> result : submitted) {
                results.add(result.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("stopped.", e);
        } finally {
            stopAll(workers);
        }
    }

    /** What a worker does after its pull has ended would be done without the lock, so it is waited for. */
    private void stopAll(ExecutorService workers) {
        setStopped(true);
        workers.shutdownNow();
        boolean interrupted = false;
        try {
            if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                listener.note("a connection does not end");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
