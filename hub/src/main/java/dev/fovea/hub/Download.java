package dev.fovea.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * A model that lies in the cache.
 *
 * @param model which one was asked for
 * @param commit what its revision is
 * @param folder with its files, for {@code --model} or {@code convert}
 * @param files what was asked for, in the repository's order
 * @param passedOver files that were asked for, with {@link Hub#everything}, but have names that cannot be used on this
 *     system
 */
public record Download(ModelName model, String commit, Path folder, List<File> files, List<String> passedOver) {

    /**
     * One file.
     *
     * @param name below the folder
     * @param bytes its length
     * @param fetched whether anything of it was fetched now
     */
    public record File(String name, long bytes, boolean fetched) {}

    /** Bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    /** Whether {@code --model} takes it as it is; other weights are for {@code convert}. */
    public boolean loads() {
        return files.stream().anyMatch(file -> file.name().equals("config.json"))
                && files.stream().anyMatch(file -> file.name().matches("model\\.safetensors(\\.index\\.json)?"));
    }
}
