package dev.fovea.minimodels;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The checkpoints that ship with Fovea, as folders that any loader of checkpoints can read. */
public final class MiniModels {

    /** Of every model a file that it surely has, at its top level. */
    private static final Map<String, String> KNOWN =
            Map.of("clip-mini", "config.json", "blip-mini", "NOTICE.md", "florence-mini", "config.json");

    private MiniModels() {}

    /** The names of the models on the class path. */
    public static List<String> names() {
        return KNOWN.keySet().stream()
                .sorted()
                .filter(name -> find(name).isPresent())
                .toList();
    }

    /**
     * The folder of an embedded model; {@code blip-mini} has a sub-folder for each of its three checkpoints: captioner, answerer,
     * matcher. Classes and resources in a folder are used in place; out of a jar the files are unpacked
     * once into the user's cache ({@link dev.fovea.tensor.files.CacheFolder}), under a name made from their checksums, so that another version
     * never meets the files of this one. What others could have put there is not used.
     *
     * @param name as {@link #names()} has it
     * @throws FoveaException if there is no such model, or it cannot be unpacked anywhere
     */
    public static Path folder(String name) {
        URL found = find(name)
                .orElseThrow(() -> new FoveaException("no embedded model \"" + name + "\"; there is "
                        + (names().isEmpty() ? "none in this build" : String.join(", ", names()))));
        try {
            ModelCache cache = new ModelCache(ModelCache.places());
            if (found.openConnection() instanceof JarURLConnection jar) {
                return cache.unpack(name, jar);
            }
            Path folder = Path.of(found.toURI()).getParent();
            return Files.exists(folder.resolve("config.json")) ? folder : cache.unpack(name, folder);
        } catch (IOException e) {
            throw new FoveaException(
                    "cannot unpack the embedded model " + name + " (" + e.getMessage()
                            + "); set XDG_CACHE_HOME, or -Dfovea.cache in Java, to a folder that you and nobody else can write",
                    e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(found + " is no URI", e);
        }
    }

    private static Optional<URL> find(String name) {
        return KNOWN.containsKey(name)
                ? Optional.ofNullable(MiniModels.class.getResource(name + "/" + KNOWN.get(name)))
                : Optional.empty();
    }
}
