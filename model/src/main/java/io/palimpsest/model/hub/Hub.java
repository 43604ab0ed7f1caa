package io.palimpsest.model.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A hub of published models, and the cache of those that are here. */
public final class Hub {

    private final HubSettings settings;
    private final Patience patience;

    public Hub(HubSettings settings) {
        this(settings, Patience.usual());
    }

    Hub(HubSettings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
    }

    /** The hub and the cache that the environment names; see {@link HubSettings#from}. */
    public static Hub system() {
        return new Hub(HubSettings.system());
    }

    /** The folder of all that is here. */
    public Path cache() {
        return settings.cache();
    }

    /**
     * Fetches what is missing of a model.
     *
     * @param file chooses the weights where there are several: a file's name, or a part that only one GGUF's name has
     */
    public Pulled pull(Repository repository, Optional<String> file, PullListener listener) {
        HubCache cache = HubCache.of(settings.cache(), repository);
        if (settings.offline()) {
            return alreadyHere(cache, repository, file);
        }
        HubClient client = new HubClient(settings, patience, listener::note);
        try (RepositoryLock lock = RepositoryLock.take(settings.cache(), repository, listener::note)) {
            return new Pull(client, cache, repository, listener).run(file);
        }
    }

    private static Pulled alreadyHere(HubCache cache, Repository repository, Optional<String> file) {
        String commit = cache.commit(repository.revision())
                .orElseThrow(() -> new HubException(repository + " is not in "
                        + cache.root().getParent() + ", and HF_HUB_OFFLINE forbids to fetch it."));
        List<String> files = Selection.of(cache.names(commit), file, repository).chosen();
        return new Pulled(repository, commit, cache.snapshot(commit), files, bytes(cache, commit, files), 0, Map.of());
    }

    /** The models that are here, whoever fetched them, by name. */
    public List<CachedModel> cached() {
        List<CachedModel> found = new ArrayList<>();
        for (String folder : HubCache.names(settings.cache())) {
            Repository.ofFolder(folder).ifPresent(repository -> {
                HubCache cache = HubCache.of(settings.cache(), repository);
                cache.commits().forEach(commit -> found.add(describe(cache, repository, commit)));
            });
        }
        return found;
    }

    private static CachedModel describe(HubCache cache, Repository repository, String commit) {
        List<String> files = cache.names(commit);
        List<String> revisions = cache.refs().entrySet().stream()
                .filter(ref -> ref.getValue().equals(commit))
                .map(Map.Entry::getKey)
                .toList();
        return new CachedModel(
                repository.id(),
                commit,
                revisions,
                cache.snapshot(commit),
                files,
                bytes(cache, commit, files),
                isComplete(files, repository));
    }

    private static boolean isComplete(List<String> files, Repository repository) {
        try {
            Selection.of(files, Optional.empty(), repository);
            return true;
        } catch (IllegalArgumentException e) {
            return true; // several GGUF files: each is a model
        } catch (HubException e) {
            return false;
        }
    }

    private static long bytes(HubCache cache, String commit, List<String> files) {
        Path folder = cache.snapshot(commit);
        return files.stream()
                .mapToLong(name -> HubCache.size(folder.resolve(name)))
                .sum();
    }

    /** What to open of a model, a folder or a GGUF file, if the model is here; nothing is fetched. */
    public Optional<Path> find(Repository repository) {
        HubCache cache = HubCache.of(settings.cache(), repository);
        return cache.commit(repository.revision()).map(commit -> toOpen(cache.snapshot(commit), cache.names(commit)));
    }

    static Path toOpen(Path folder, List<String> files) {
        List<String> ggufs =
                files.stream().filter(name -> name.endsWith(".gguf")).sorted().toList();
        boolean others = files.stream().anyMatch(name -> name.endsWith(".safetensors"));
        return others || Selection.forms(ggufs) != 1 ? folder : folder.resolve(ggufs.get(0));
    }

    /** What {@link #remove} would free; changes nothing. */
    public Removed wouldRemove(Repository repository) {
        return removal(repository).removed();
    }

    /**
     * Removes a model: all of it, or with a pinned revision that snapshot, and of the blobs those that no other snapshot
     * needs.
     */
    public Removed remove(Repository repository) {
        try (RepositoryLock lock = RepositoryLock.take(settings.cache(), repository, note -> {})) {
            Removal removal = removal(repository);
            removal.trees().forEach(HubCache::deleteTree);
            return removal.removed();
        }
    }

    /** What goes: folders and files, each with all below it. */
    private record Removal(Removed removed, List<Path> trees) {

        static Removal of(Repository repository, List<String> commits, List<Path> trees) {
            int files = 0;
            long bytes = 0;
            for (Path tree : trees) {
                for (Path file : Files.isDirectory(tree) ? HubCache.files(tree) : List.of(tree)) {
                    if (!Files.isSymbolicLink(file)) {
                        files++;
                        bytes += HubCache.size(file);
                    }
                }
            }
            return new Removal(new Removed(repository.id(), commits, files, bytes), trees);
        }
    }

    private Removal removal(Repository repository) {
        HubCache cache = HubCache.of(settings.cache(), repository);
        if (!cache.exists()) {
            throw new IllegalArgumentException(repository.id() + " is not in " + settings.cache() + ".");
        }
        List<String> all = cache.commits();
        if (repository.pin().isEmpty()) {
            return Removal.of(repository, all, List.of(cache.root()));
        }
        String commit = cache.commit(repository.revision())
                .orElseThrow(() -> new IllegalArgumentException(repository.id() + " is here, but not at revision '"
                        + repository.revision() + "'; there are " + String.join(", ", all) + "."));
        return all.size() == 1
                ? Removal.of(repository, all, List.of(cache.root()))
                : Removal.of(repository, List.of(commit), onlyOf(cache, commit));
    }

    /** A snapshot, the names that stand for it, and the blobs that only it needs. */
    private static List<Path> onlyOf(HubCache cache, String commit) {
        List<Path> trees = new ArrayList<>(List.of(cache.snapshot(commit)));
        cache.refs().forEach((ref, target) -> {
            if (target.equals(commit)) {
                trees.add(cache.root().resolve("refs").resolve(ref));
            }
        });
        List<String> others =
                cache.commits().stream().filter(other -> !other.equals(commit)).toList();
        Set<Path> needed = new HashSet<>(cache.targets(others));
        HubCache.files(cache.blobs()).stream()
                .filter(blob -> !needed.contains(blob.normalize()))
                .forEach(trees::add);
        return trees;
    }
}
