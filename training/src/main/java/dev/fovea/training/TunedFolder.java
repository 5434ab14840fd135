package dev.fovea.training;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsFile;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.numerics.Matrices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
     * @param head the added classifier, or null
     * @param projection the changed projection, or null
     */
    static void write(Clip clip, ClassifierHead head, Projection projection, Path target) {
        try (OutputFolder output = OutputFolder.create(target, "tuning");
                Checkpoint checkpoint = Checkpoint.open(clip.folder())) {
            Set<String> weights = new HashSet<>();
            for (Path file : checkpoint.files()) {
                weights.add(file.getFileName().toString());
            }
            for (Path file : files(clip.folder())) {
                String name = file.getFileName().toString();
                if (weights.contains(name) || !OTHER_WEIGHTS.matcher(name).matches()) {
                    Files.copy(file, output.path().resolve(name));
                }
            }
            if (projection != null) {
                Path changed =
                        Path.of(checkpoint.find(Projection.NAME).orElseThrow().file());
                replace(changed, projection, output.path().resolve(changed.getFileName()));
            }
            if (head != null) {
                head.write(output.path());
            }
            output.publish();
        } catch (IOException e) {
            throw OutputFolder.unwritable(target, e);
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

    /** Writes a weights file again with another projection; every other tensor stays as it is, byte for byte. */
    private static void replace(Path source, Projection projection, Path target) {
        try (SafetensorsFile file = SafetensorsFile.open(source)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            file.metadata().forEach(writer::metadata);
            for (TensorEntry tensor : file.tensors()) {
                if (tensor.name().equals(Projection.NAME)) {
                    Shape shape = tensor.shape();
                    WeightData tuned = WeightData.of(tensor.name(), shape, Matrices.toFloats(projection.values()));
                    writer.add(tuned, projection.type());
                } else {
                    writer.add(tensor);
                }
            }
            writer.write(target);
        }
    }
}
