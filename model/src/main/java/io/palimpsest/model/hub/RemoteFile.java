package io.palimpsest.model.hub;

/**
 * A file on the hub.
 *
 * @param etag its checksum: a SHA-256, or the id that Git gives the file
 * @param size its length
 */
record RemoteFile(String name, String etag, long size) {}
