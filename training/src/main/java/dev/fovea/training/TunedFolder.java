package dev.fovea.training;

import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsFile;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.numerics.FloatMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes the folder of a tuned checkpoint: the files of the one that was tuned, and what the tuning changed. */
final class TunedFolder {

    /** Weights for other programs: after the tuning they would hold another model. */
    private static final Pattern OTHER_WEIGHTS =
            Pattern.compile(".*\\.(bin|ckpt|gguf|h5|msgpack|onnx|ot|pth?|safetensors)|.*\\.bin\\.index\\.json");

    private TunedFolder() {}

    /**
     * Writes.
     *
     * @param model folder of the checkpoint that was tuned
     * @param changed new values of some of its tensors, by name; they are rounded to the type in which it stores them
     * @param more writes further files into the folder
     */
    static void write(Path model, Map<String, FloatMemory> changed, Path target, Consumer<Path> more) {
        try (OutputFolder output = OutputFolder.create(target, "tuning");
                Checkpoint checkpoint = Checkpoint.open(model)) {
            Set<String> weights = new HashSet<>();
            for (Path file : checkpoint.files()) {
                weights.add(file.getFileName().toString());
            }
            for (Path file : files(model)) {
                String name = file.getFileName().toString();
                if (weights.contains(name) || !OTHER_WEIGHTS.matcher(name).matches()) {
                    Files.copy(file, output.path().resolve(name));
                }
            }
            Set<Path> replaced = new HashSet<>();
            for (String name : changed.keySet()) {
                replaced.add(Path.of(checkpoint.find(name).orElseThrow().file()));
            }
            for (Path file : replaced) {
                replace(file, changed, output.path().resolve(file.getFileName()));
            }
            more.accept(output.path());
            output.publish();
        } catch (IOException e) {
            throw OutputFolder.unwritable(target, e);
        } catch (UncheckedIOException e) {
            throw OutputFolder.unwritable(target, e.getCause());
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> Files.isRegularFile(file)
                            && !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /** Writes a weights file again with other values of some tensors; every other one stays, byte for byte. */
    private static void replace(Path source, Map<String, FloatMemory> changed, Path target) {
        try (SafetensorsFile file = SafetensorsFile.open(source)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            file.metadata().forEach(writer::metadata);
            for (TensorEntry tensor : file.tensors()) {
                FloatMemory values = changed.get(tensor.name());
                if (values == null) {
                    writer.add(tensor);
                } else {
                    DType type = tensor.weight().dtype();
                    writer.add(
                            values.data(tensor.name(), tensor.shape()),
                            type == DType.F16 || type == DType.BF16 ? type : DType.F32);
                }
            }
            writer.write(target);
        }
    }
}
