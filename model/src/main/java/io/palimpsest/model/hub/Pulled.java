package io.palimpsest.model.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A model that is now here.
 *
 * @param commit what its revision stood for
 * @param folder where its files are, under their own names
 * @param files the names of the files that it is read from
 * @param bytes their length
 * @param fetched how many bytes were fetched now
 * @param leftOut the repository's other files, and why they were not fetched
 */
public record Pulled(
        Repository repository,
        String commit,
        Path folder,
        List<String> files,
        long bytes,
        long fetched,
        Map<String, String> leftOut) {

    /** What to open: the folder, or its GGUF file where that is all the weights there are. */
    public Path model() {
        return Hub.toOpen(folder, files);
    }
}
