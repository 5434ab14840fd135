package dev.fovea.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Describes a model that is in the cache.
 *
 * @param model which one was asked for
 * @param commit what its revision is
 * @param folder with its files, for {@code --model} or {@code convert}
 * @param files what was asked for, in the repository's order
 * @param passedOver files that were asked for, with {@link Hub#everything}, but have names that cannot be used on this
 *     system
 */
public record Download(ModelName model, String commit, Path folder, List<File> files, List<String> passedOver) {

    /** Copies the lists. */
    public Download {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(commit, "commit is null");
        Objects.requireNonNull(folder, "folder is null");
        files = List.copyOf(Objects.requireNonNull(files, "files is null"));
        passedOver = List.copyOf(Objects.requireNonNull(passedOver, "passedOver is null"));
    }

    /**
     * Describes one file of a model.
     *
     * @param name path below the folder
     * @param bytes its length
     * @param fetched whether any part of it was fetched by this download
     */
    public record File(String name, long bytes, boolean fetched) {

        /** Checks that the name is there. */
        public File {
            Objects.requireNonNull(name, "name is null");
        }
    }

    /** Returns the length of all files together, in bytes. */
    public long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    /**
     * Returns whether {@code --model} takes the folder as it is; other weights have to go through {@code convert}
     * first.
     */
    public boolean loads() {
        return files.stream().anyMatch(file -> file.name().equals("config.json"))
                && files.stream().anyMatch(file -> file.name().matches("model\\.safetensors(\\.index\\.json)?"));
    }
}
