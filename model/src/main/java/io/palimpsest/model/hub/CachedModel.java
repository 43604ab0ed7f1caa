package io.palimpsest.model.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * A model in the cache, at one commit.
 *
 * @param id the repository, {@code organisation/name}
 * @param revisions the branches and tags that stood for this commit when they were fetched
 * @param folder where its files are, under their own names
 * @param files the names of the files
 * @param bytes their length
 * @param complete whether there are weights and no part of them is missing
 */
public record CachedModel(
        String id,
        String commit,
        List<String> revisions,
        Path folder,
        List<String> files,
        long bytes,
        boolean complete) {

    /** What to open: the folder, or its GGUF file where that is all the weights there are. */
    public Path model() {
        return Hub.toOpen(folder, files);
    }
}
