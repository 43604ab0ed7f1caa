package io.palimpsest.model.hub;

import java.util.List;

/**
 * What was removed from the cache, or would be.
 *
 * @param id the repository
 * @param commits the snapshots
 * @param files how many blobs and files
 * @param bytes how much room they took
 */
public record Removed(String id, List<String> commits, int files, long bytes) {}
