package dev.fovea.hub;

import dev.fovea.models.DownloadProgress;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Fetches one file into the cache. It holds a lock meanwhile, continues where an earlier download stopped, checks the
 * bytes, and moves the file into place when it is whole.
 */
final class BlobFetch {

    private final HubClient client;
    private final HubCache cache;
    private final Disk disk;
    private final DownloadProgress progress;
    private final int pieceBytes;

    BlobFetch(HubClient client, HubCache cache, Disk disk, DownloadProgress progress, int pieceBytes) {
        this.client = client;
        this.cache = cache;
        this.disk = disk;
        this.progress = progress;
        this.pieceBytes = pieceBytes;
    }

    /** Returns whether the cache has the whole file. */
    static boolean isThere(Path blob, RemoteFile file) throws IOException {
        return Files.isRegularFile(blob) && Files.size(blob) == file.size();
    }

    /**
     * Fetches a file unless the cache has it.
     *
     * @return whether anything was fetched
     * @throws FoveaException if it cannot be had, or is not what the hub names
     */
    boolean fetch(ModelName model, String commit, RemoteFile file) throws IOException {
        Path blob = cache.blob(model, file.etag());
        Path incomplete = cache.incomplete(model, file.etag());
        try (BlobLock _ = BlobLock.take(cache.lock(model, file.etag()), () -> progress.waiting(file.path()))) {
            if (isThere(blob, file)) {
                Files.deleteIfExists(incomplete);
                progress.advanced(file.size());
                return false;
            }
            RangeFetch range = new RangeFetch(client, model, commit, file);
            if (attempt(range, incomplete, blob, file)) {
                return true;
            }
            if (attempt(range, incomplete, blob, file)) { // the part that was there may have been another's
                return true;
            }
            throw new ModelException(new Refusal(model, file.path()).what()
                    + ": what came is not what the hub names by its hash; run the command again, or use"
                    + " another hub's address");
        }
    }

    /** Makes one attempt and returns whether the bytes were right; wrong ones are deleted. */
    private boolean attempt(RangeFetch range, Path incomplete, Path blob, RemoteFile file) throws IOException {
        try (PartialFile partial = PartialFile.open(incomplete, file, disk)) {
            progress.advanced(partial.length());
            fetchRest(range, partial, file.size());
            if (partial.isRight()) {
                partial.publish(blob);
                return true;
            }
            partial.discard();
            progress.advanced(-file.size());
            return false;
        }
    }

    private void fetchRest(RangeFetch range, PartialFile partial, long size) {
        RangeFetch.Sink sink = (bytes, offset, count) -> {
            partial.write(bytes, offset, count);
            progress.advanced(count);
        };
        if (size - partial.length() > pieceBytes && range.takesRanges()) {
            new Pieces(range, pieceBytes).fetch(partial.length(), size, sink);
        } else {
            range.fetch(partial.length(), size, sink);
        }
    }
}
