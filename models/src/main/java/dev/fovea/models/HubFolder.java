package dev.fovea.models;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of a repository in a hub's cache, {@code models--OWNER--NAME}, whose models lie below {@code snapshots}.
 */
final class HubFolder {

    private HubFolder() {}

    /**
     * Returns the folder of the model in such a repository folder: the snapshot that {@code refs/main} names, or the
     * only snapshot.
     *
     * @return any other folder as it is
     * @throws FoveaException if there are several snapshots and none is named, or none at all
     */
    static Path snapshot(Path folder) {
        Path snapshots = folder.resolve("snapshots");
        boolean cached = Files.isDirectory(snapshots) && !Files.exists(folder.resolve("config.json"));
        if (!cached) {
            return folder;
        }
        try (Stream<Path> children = Files.list(snapshots)) {
            List<Path> found = children.filter(Files::isDirectory).sorted().toList();
            Path main = folder.resolve("refs/main");
            String named = Files.isRegularFile(main) ? Files.readString(main).strip() : "";
            return found.stream()
                    .filter(snapshot -> found.size() == 1
                            || snapshot.getFileName().toString().equals(named))
                    .findFirst()
                    .orElseThrow(() -> new ModelException(snapshots + ": " + complaint(found)));
        } catch (IOException e) {
            throw FileErrors.cannotList(folder, e, "check its permissions");
        }
    }

    private static String complaint(List<Path> found) {
        return found.isEmpty()
                ? "this repository of the hub's cache holds no model; download it again"
                : "there are several snapshots; pass one of them: "
                        + found.stream()
                                .map(path -> path.getFileName().toString())
                                .collect(Collectors.joining(", "));
    }
}
