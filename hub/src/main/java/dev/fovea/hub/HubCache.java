package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds and stores downloaded models in a folder with the layout of Python's huggingface_hub, so that one copy serves
 * both:
 *
 * <pre>
 * models--OWNER--NAME/blobs/ETAG                    the bytes
 * models--OWNER--NAME/snapshots/COMMIT/PATH         a link to them
 * models--OWNER--NAME/refs/REVISION                 the commit of a branch or a tag
 * .locks/models--OWNER--NAME/ETAG.lock              held while the bytes are fetched
 * </pre>
 *
 * <p>Reading from it needs neither a network nor a lock.
 *
 * @param folder of the cache, which may not exist yet
 */
public record HubCache(Path folder) {

    /** Checks that the folder is named. */
    public HubCache {
        Objects.requireNonNull(folder, "folder is null");
    }

    /**
     * Returns the cache that the environment names: HF_HUB_CACHE, {@code hub} in HF_HOME, or {@code
     * ~/.cache/huggingface/hub}.
     */
    public static HubCache ofEnvironment() {
        return new HubCache(HubEnvironment.ofProcess().cache());
    }

    /**
     * Finds a model that has been downloaded.
     *
     * @return its folder, empty if it is not in the cache
     */
    public Optional<Path> find(ModelName model) {
        Objects.requireNonNull(model, "model is null");
        return commit(model).map(commit -> snapshot(model, commit)).filter(HubCache::hasFiles);
    }

    /** Returns the commit that a revision was when it was last downloaded. */
    Optional<String> commit(ModelName model) {
        Path reference = repository(model).resolve("refs").resolve(model.revision());
        try {
            String commit =
                    Files.isRegularFile(reference) ? Files.readString(reference).strip() : model.revision();
            return ModelName.isCommit(commit) ? Optional.of(commit) : Optional.empty();
        } catch (IOException e) {
            throw unusable(reference, e);
        }
    }

    private static boolean hasFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isPresent();
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    Path repository(ModelName model) {
        return folder.resolve(repositoryName(model));
    }

    private static String repositoryName(ModelName model) {
        return "models--" + model.owner() + "--" + model.name();
    }

    Path snapshot(ModelName model, String commit) {
        return repository(model).resolve("snapshots").resolve(commit);
    }

    /** Returns the path of a file's bytes once they are whole. */
    Path blob(ModelName model, String etag) {
        return repository(model).resolve("blobs").resolve(etag);
    }

    /** Returns the path of a file's bytes while they are being fetched. */
    Path incomplete(ModelName model, String etag) {
        return repository(model).resolve("blobs").resolve(etag + ".incomplete");
    }

    Path lock(ModelName model, String etag) {
        return folder.resolve(".locks").resolve(repositoryName(model)).resolve(etag + ".lock");
    }

    /**
     * Gives fetched files their names in a commit's folder.
     *
     * @throws FoveaException if two names are one on this disk, which does not tell capitals or accents apart
     */
    void publish(ModelName model, String commit, List<RemoteFile> files) throws IOException {
        Map<String, RemoteFile> folded = new HashMap<>();
        for (RemoteFile file : files) {
            RemoteFile twin = folded.putIfAbsent(SafePath.folded(file.path()), file);
            Path folder = snapshot(model, commit);
            Path place = folder.resolve(file.path());
            if (twin != null
                    && !twin.etag().equals(file.etag())
                    && Files.exists(place)
                    && Files.isSameFile(place, folder.resolve(twin.path()))) {
                throw new ModelException(folder + ": cannot hold both " + Text.quote(twin.path()) + " and "
                        + Text.quote(file.path()) + ", which are one name on this disk; set HF_HOME to another disk");
            }
            publish(model, commit, file);
        }
    }

    /**
     * Gives fetched bytes their name in a commit's folder. The name is a relative link, which survives when the cache
     * is moved; where links are impossible it is a hard link, or a copy.
     */
    private void publish(ModelName model, String commit, RemoteFile file) throws IOException {
        Path place = snapshot(model, commit).resolve(file.path());
        Path blob = blob(model, file.etag());
        Path target = place.getParent().relativize(blob);
        Files.createDirectories(place.getParent());
        if (Files.isSymbolicLink(place) && Files.readSymbolicLink(place).equals(target)) {
            return;
        }
        boolean copied = Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS) && Files.mismatch(place, blob) < 0;
        if (copied) {
            return;
        }
        Files.deleteIfExists(place);
        try {
            Files.createSymbolicLink(place, target);
        } catch (FileAlreadyExistsException e) {
            // another process was faster, with the same link
        } catch (IOException | UnsupportedOperationException e) {
            linkOrCopy(blob, place);
        }
    }

    private static void linkOrCopy(Path blob, Path place) throws IOException {
        try {
            Files.createLink(place, blob);
        } catch (FileAlreadyExistsException e) {
            // another process was faster, with the same bytes
        } catch (IOException | UnsupportedOperationException e) {
            Path partial = place.resolveSibling(place.getFileName() + ".incomplete");
            Files.copy(blob, partial, StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * Records which commit a revision is. Must be called last, so that a revision never names a commit whose files are
     * not all there.
     */
    void remember(ModelName model, String commit) throws IOException {
        Path references = repository(model).resolve("refs");
        Path reference = references.resolve(model.revision());
        boolean known = Files.isRegularFile(reference)
                && Files.readString(reference).strip().equals(commit);
        if (model.revision().equals(commit) || known) {
            return;
        }
        Files.createDirectories(reference.getParent());
        Path partial = repository(model)
                .resolve("refs.incomplete"); // not among the references, where it could be taken for one
        Files.writeString(partial, commit);
        Files.move(partial, reference, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes the partial files of killed downloads of other commits, unless a process is working on them. */
    void sweep(ModelName model) throws IOException {
        try (Stream<Path> files = Files.list(repository(model).resolve("blobs"))) {
            for (Path file : files.filter(HubCache::isIncomplete).toList()) {
                String name = file.getFileName().toString();
                String etag = name.substring(0, name.length() - ".incomplete".length());
                if (!ContentHash.isHash(etag)) {
                    continue; // huggingface_hub's, of another name
                }
                try (BlobLock lock = BlobLock.tryTake(lock(model, etag))) {
                    if (lock != null) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }

    private static boolean isIncomplete(Path file) {
        return file.getFileName().toString().endsWith(".incomplete");
    }

    /** Returns the complaint about a place that cannot be used. */
    static FoveaException unusable(Path place, IOException e) {
        String reason = e.getMessage() == null || e.getMessage().equals(place.toString())
                ? e.getClass().getSimpleName()
                : e.getMessage();
        return new ModelException(
                place + ": cannot be read or written (" + reason
                        + "); check permissions and free space, or set HF_HOME to another folder",
                e);
    }
}
