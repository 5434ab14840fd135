package dev.fovea.models.inspection;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.inspection.CheckpointReport.Misshapen;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.DryBackend;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorAudit;
import dev.fovea.tensor.safetensors.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks whether checkpoints are complete. */
public final class Checkpoints {

    private static final String UNKNOWN = "unknown";

    private Checkpoints() {}

    /**
     * Lists the content of a checkpoint and all faults of its tensors. Only headers and {@code config.json}
     * are read, so that this takes milliseconds for a model of any size.
     *
     * <pre>{@code
     * CheckpointReport report = Checkpoints.inspect(Path.of("clip-vit-base-patch32"));
     * report.missing().forEach((tensor, shape) -> System.out.println(tensor + " " + shape + " is missing"));
     * }</pre>
     *
     * @param path a checkpoint's folder, or a single {@code .safetensors} file, of which then nothing is known but its
     *     tensors
     * @throws FoveaException if it cannot be read at all: no weights, a broken header, a broken configuration
     */
    public static CheckpointReport inspect(Path path) {
        Arguments.present(path, "path");
        boolean hasConfig = Files.isDirectory(path) && Files.exists(path.resolve("config.json"));
        String architecture = hasConfig ? ConfigFile.of(path).text("model_type", UNKNOWN) : UNKNOWN;
        ModelConfig config = hasConfig ? ModelKind.of(path).config(path) : null;
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            TensorAudit audit = new TensorAudit(checkpoint);
            boolean asked = config != null && asksForAll(config, audit.weights());
            return new CheckpointReport(
                    architecture,
                    config == null ? Map.of() : config.sizesInWords(),
                    config == null ? "" : config.layout(audit.weights()),
                    sizes(checkpoint.files()),
                    checkpoint.tensors().stream()
                            .map(CheckpointReport.Entry::of)
                            .toList(),
                    audit.missing(),
                    misshapen(audit),
                    audit.unreadable(),
                    asked ? audit.unexpected() : List.of());
        }
    }

    /** Lets a model ask for its tensors; returns whether it asked for all. */
    private static boolean asksForAll(ModelConfig config, Weights weights) {
        try {
            config.requestTensors(new Parameters(new DryBackend(), weights, LoadOptions.DEFAULTS));
            return true;
        } catch (IllegalArgumentException | ArithmeticException tooLarge) {
            // The configuration has sizes that no memory holds. Tensors asked for until here are missing or misshapen.
            return false;
        }
    }

    private static Map<String, Misshapen> misshapen(TensorAudit audit) {
        Map<String, Misshapen> misshapen = new LinkedHashMap<>();
        audit.misshapen()
                .forEach((name, shapes) -> misshapen.put(name, new Misshapen(shapes.found(), shapes.expected())));
        return misshapen;
    }

    private static Map<Path, Long> sizes(List<Path> files) {
        Map<Path, Long> sizes = new LinkedHashMap<>();
        for (Path file : files) {
            try {
                sizes.put(file, Files.size(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sizes;
    }
}
