package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Names a file or folder of a data set that cannot be read and was passed over.
 *
 * @param reason the line for people, which names the file
 */
public record Problem(Path file, String reason) {

    /** Checks that nothing is null. */
    public Problem {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(reason, "reason is null");
    }
}
