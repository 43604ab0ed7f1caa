package io.palimpsest.model.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One repository's folder in the cache.
 *
 * @param root {@code models--organisation--name}
 */
record HubCache(Path root, Links links) {

    /** Makes a link; tests bring one that cannot. */
    interface Links {
        void link(Path link, Path target) throws IOException;
    }

    static HubCache of(Path cache, Repository repository) {
        return new HubCache(cache.resolve(repository.folder()), Files::createSymbolicLink);
    }

    Path blobs() {
        return root.resolve("blobs");
    }

    Path snapshots() {
        return root.resolve("snapshots");
    }

    Path snapshot(String commit) {
        return snapshots().resolve(commit);
    }

    boolean exists() {
        return Files.isDirectory(root);
    }

    /** The commits that are here, at least in part. */
    List<String> commits() {
        return names(snapshots()).stream().filter(Repository::isCommit).toList();
    }

    /** The commit that a branch, a tag, a commit or the beginning of one stands for here. */
    Optional<String> commit(String revision) {
        List<String> commits = commits();
        if (commits.contains(revision)) {
            return Optional.of(revision);
        }
        Optional<String> named = Optional.ofNullable(refs().get(revision)).filter(commits::contains);
        if (named.isPresent() || !revision.matches("[0-9a-f]{7,40}")) {
            return named;
        }
        List<String> fitting =
                commits.stream().filter(commit -> commit.startsWith(revision)).toList();
        return fitting.size() == 1 ? Optional.of(fitting.get(0)) : Optional.empty();
    }

    /** Branches and tags, and the commits they stood for when they were fetched. */
    TreeMap<String, String> refs() {
        TreeMap<String, String> found = new TreeMap<>();
        Path refs = root.resolve("refs");
        for (Path file : files(refs)) {
            String commit = read(file).strip();
            if (Repository.isCommit(commit)) {
                found.put(slashed(refs.relativize(file)), commit);
            }
        }
        return found;
    }

    void writeRef(String revision, String commit) {
        Path ref = root.resolve("refs").resolve(revision);
        try {
            Files.createDirectories(ref.getParent());
            Path fresh = Files.createTempFile(ref.getParent(), ".ref", ".incomplete");
            Files.writeString(fresh, commit);
            Files.move(fresh, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new HubException("cannot write " + ref + ": " + HubClient.reason(e), e);
        }
    }

    /** The names of a snapshot's files whose bytes are here. */
    List<String> names(String commit) {
        Path snapshot = snapshot(commit);
        return files(snapshot).stream()
                .filter(Files::isRegularFile)
                .map(file -> slashed(snapshot.relativize(file)))
                .sorted()
                .toList();
    }

    /** Whether a snapshot's file is here; with the length that the hub says, where it says one. */
    boolean has(String commit, String name, long size) {
        Path file = pointer(commit, name);
        return Files.isRegularFile(file) && (size == Listing.UNKNOWN || size == size(file));
    }

    boolean hasBlob(RemoteFile file) {
        Path blob = blobs().resolve(file.etag());
        return Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS) && size(blob) == file.size();
    }

    /** How much of a blob an earlier call left that can be continued. */
    long begun(RemoteFile file) {
        Path incomplete = BlobDownload.incomplete(blobs(), file.etag());
        long length = Files.isRegularFile(incomplete) ? size(incomplete) : 0;
        return length <= file.size() ? length : 0;
    }

    /** Gives a blob its name in a snapshot: a relative link, or where there are none the file itself. */
    void point(String commit, String name, String etag) {
        Path pointer = pointer(commit, name);
        Path blob = blobs().resolve(etag);
        try {
            Files.createDirectories(pointer.resolveSibling(""));
            Files.deleteIfExists(pointer);
            linkOrCopy(pointer, blob);
        } catch (IOException e) {
            throw new HubException("cannot write " + pointer + ": " + HubClient.reason(e), e);
        }
    }

    private void linkOrCopy(Path pointer, Path blob) throws IOException {
        try {
            links.link(pointer, pointer.resolveSibling("").relativize(blob));
        } catch (IOException | UnsupportedOperationException e) {
            Path copy = pointer.resolveSibling(pointer.getFileName() + ".incomplete");
            Files.copy(blob, copy, StandardCopyOption.REPLACE_EXISTING);
            Files.move(copy, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path pointer(String commit, String name) {
        Path snapshot = snapshot(commit);
        Path pointer = snapshot.resolve(name).normalize();
        if (!pointer.startsWith(snapshot) || pointer.equals(snapshot)) {
            throw new HubException("'" + name + "' would be written outside " + snapshot + "; it is not fetched.");
        }
        return pointer;
    }

    /** The blobs that the given snapshots point to. */
    List<Path> targets(List<String> commits) {
        List<Path> found = new ArrayList<>();
        for (String commit : commits) {
            for (Path file : files(snapshot(commit))) {
                if (Files.isSymbolicLink(file)) {
                    found.add(target(file));
                }
            }
        }
        return found;
    }

    private static Path target(Path link) {
        try {
            return link.resolveSibling(Files.readSymbolicLink(link)).normalize();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything below {@code folder} that is no folder itself; links are not followed. */
    static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String slashed(Path path) {
        return path.toString().replace('\\', '/');
    }

    /** Deletes a folder and all below it; of a link only the link. */
    static void deleteTree(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
