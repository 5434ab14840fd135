package dev.fovea.minimodels;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.ModelRepository;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Offers a checkpoint inside a jar as a folder that any loader of checkpoints can read. Files in a folder of classes
 * are used in place. Out of a jar or an image of {@code jlink} they are unpacked once into the user's cache ({@link
 * dev.fovea.tensor.files.CacheFolder}), under a name made from their checksums, so that another version never meets the
 * files of this one. What others could have put there is not used.
 */
public abstract class EmbeddedModel implements ModelRepository {

    private final String name;
    private final String file;

    /**
     * Makes a model whose files are in {@code dev/fovea/minimodels/NAME} of the subclass's jar.
     *
     * @param name what it is loaded by
     * @param file one of its files, at the top level
     */
    protected EmbeddedModel(String name, String file) {
        this.name = name;
        this.file = file;
    }

    @Override
    public List<String> names() {
        return List.of(name);
    }

    /** Finds {@code NAME}, or {@code NAME/part} of a model with several checkpoints. */
    @Override
    public Optional<Path> find(String wanted, LoadOptions options) {
        if (wanted.equals(name)) {
            return Optional.of(folder());
        }
        return wanted.startsWith(name + "/")
                ? Optional.of(folder().resolve(wanted.substring(name.length() + 1)))
                : Optional.empty();
    }

    private Path folder() {
        URL found = getClass().getResource("/dev/fovea/minimodels/" + name + "/" + file);
        if (found == null) {
            throw new ModelException("the embedded model " + name + " lacks its files; use the jar fovea-" + name
                    + " as it was published");
        }
        try {
            ModelCache cache = new ModelCache(ModelCache.places());
            if (found.openConnection() instanceof JarURLConnection jar) {
                return cache.unpack(name, jar);
            }
            Path folder = Path.of(found.toURI()).getParent();
            boolean isInPlace =
                    folder.getFileSystem() == FileSystems.getDefault() && Files.exists(folder.resolve("config.json"));
            return isInPlace ? folder : cache.unpack(name, folder);
        } catch (IOException e) {
            throw new ModelException(
                    "cannot unpack the embedded model " + name + " (" + e.getMessage()
                            + "); set XDG_CACHE_HOME, or -Dfovea.cache in Java, to a folder that you and nobody else"
                            + " can write",
                    e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(found + " is no URI", e);
        }
    }
}
