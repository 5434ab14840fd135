package dev.fovea.hub;

/**
 * Describes a file of a repository.
 *
 * @param path below the repository's root, with {@code /} between its parts
 * @param size in bytes
 * @param etag what the hub calls this content, and the cache its file: mostly its hash, see {@link ContentHash}; null
 *     if not yet known
 */
record RemoteFile(String path, long size, String etag) {}
