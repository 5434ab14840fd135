package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.services.Services;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * Finds checkpoints by name. A name is, in this order: an embedded model ({@code clip-mini}, if its jar is there), a
 * folder (of a checkpoint, or of a repository in the hub's cache), or a model on a hub ({@code
 * openai/clip-vit-base-patch32}, also with {@code @revision}), which is taken from the cache that Python's
 * huggingface_hub uses too and is downloaded into it if it is not there.
 */
public final class Models {

    private static final List<String> OWN = List.of(
            "dev.fovea.minimodels.clip.ClipMini",
            "dev.fovea.minimodels.blip.BlipMini",
            "dev.fovea.minimodels.florence.FlorenceMini",
            "dev.fovea.hub.HubRepository");

    private Models() {}

    private static Stream<ModelRepository> repositories() {
        return Services.find(ModelRepository.class, OWN, loader -> ServiceLoader.load(ModelRepository.class, loader));
    }

    /** Lists the names of the embedded models: those whose jars are on the class path or module path. */
    public static List<String> embedded() {
        return repositories()
                .flatMap(repository -> repository.names().stream())
                .sorted()
                .toList();
    }

    /**
     * Finds a checkpoint by name.
     *
     * @param name of an embedded model, a folder, or {@code owner/name} on a hub
     * @param options say whether a model may be downloaded, and who receives the progress
     * @return its folder, or empty if nothing is called so
     * @throws FoveaException if a model is called so but cannot be had
     */
    public static Optional<Path> find(String name, LoadOptions options) {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(options, "options is null");
        Optional<Path> folder = path(name).filter(Files::exists);
        if (folder.isPresent() && isPlainlyAPath(name)) {
            return folder.map(HubFolder::snapshot); // without a search for jars with models
        }
        String first = name.split("/", 2)[0];
        Optional<ModelRepository> embedded = repositories()
                .filter(repository -> repository.names().contains(first))
                .findFirst();
        if (embedded.isPresent()) {
            return embedded.get().find(name, options);
        }
        return folder.isPresent()
                ? folder.map(HubFolder::snapshot)
                : repositories()
                        .flatMap(repository -> repository.find(name, options).stream())
                        .findFirst();
    }

    /** Returns whether a name can be no embedded model's: it is absolute, or starts in this folder or the one above. */
    private static boolean isPlainlyAPath(String name) {
        return name.startsWith(".") || Path.of(name).isAbsolute();
    }

    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException noPath) {
            return Optional.empty();
        }
    }

    /**
     * Finds a checkpoint by name, as {@link #find} does.
     *
     * @throws FoveaException if nothing is called so or it cannot be had; the message says what to do
     */
    public static Path folder(String name, LoadOptions options) {
        return find(name, options).orElseThrow(() -> {
            List<String> embedded = embedded();
            return new ModelException(name + ": no such model; pass a checkpoint's folder"
                    + (options.offline() ? ", a downloaded model's owner/name" : ", or owner/name of a model on a hub")
                    + (embedded.isEmpty() ? "" : ", or an embedded model: " + String.join(", ", embedded)));
        });
    }

    /**
     * Finds the checkpoint of one kind of model by name, also in a folder of several checkpoints, such as {@code
     * blip-mini} with its captioner, answerer and matcher.
     *
     * @param part the kind's sub-folder, which counts where the folder holds no {@code config.json} of its own
     * @throws FoveaException if nothing is called so or it cannot be had; the message says what to do
     */
    public static Path folder(String name, String part, LoadOptions options) {
        Arguments.present(part, "part");
        return part(folder(name, options), part);
    }

    /** Returns the sub-folder of a kind of model if a folder has one and is no checkpoint itself, else the folder. */
    public static Path part(Path folder, String part) {
        Path wanted = Arguments.present(folder, "folder").resolve(Arguments.present(part, "part"));
        return !Files.exists(folder.resolve("config.json")) && Files.exists(wanted.resolve("config.json"))
                ? wanted
                : folder;
    }
}
