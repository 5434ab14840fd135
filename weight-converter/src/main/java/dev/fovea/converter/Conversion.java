package dev.fovea.converter;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Describes what a conversion made.
 *
 * @param source what was converted
 * @param output the new folder
 * @param architecture {@code model_type} of its config.json
 * @param tensors how many there are, without the scales of matrices in eight bits
 * @param parameters elements of these tensors, without buffers of integers
 * @param bytes of all files of the folder
 * @param losses what was stored in another type, in the order of the file
 * @param change what that changed in the model's answers; null if it was not measured
 * @param changeSkipped why {@code change} was not measured though it should have been, or null
 * @param takenOff what was taken off the names of the source's tensors, such as {@code module.}
 * @param leftOut tensors of the source whose names did not begin so, which were left out
 * @param unused tensors that were written, but that the model does not use
 */
public record Conversion(
        Path source,
        Path output,
        String architecture,
        int tensors,
        long parameters,
        long bytes,
        List<PrecisionLoss> losses,
        OutputChange change,
        String changeSkipped,
        List<String> takenOff,
        List<String> leftOut,
        List<String> unused) {

    /** Copies the lists. */
    public Conversion {
        Objects.requireNonNull(source, "source is null");
        Objects.requireNonNull(output, "output is null");
        Objects.requireNonNull(architecture, "architecture is null");
        losses = List.copyOf(Objects.requireNonNull(losses, "losses is null"));
        takenOff = List.copyOf(Objects.requireNonNull(takenOff, "takenOff is null"));
        leftOut = List.copyOf(Objects.requireNonNull(leftOut, "leftOut is null"));
        unused = List.copyOf(Objects.requireNonNull(unused, "unused is null"));
    }
}
