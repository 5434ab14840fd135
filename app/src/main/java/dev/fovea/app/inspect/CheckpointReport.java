package dev.fovea.app.inspect;

import dev.fovea.models.blip.BlipConfig;
import dev.fovea.models.classification.ClassifierConfig;
import dev.fovea.models.clip.ClipConfig;
import dev.fovea.models.florence.FlorenceConfig;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a checkpoint holds, found without loading a model: only headers and {@code config.json} are read.
 *
 * @param architecture {@code model_type} of config.json, or {@code unknown}
 * @param clip the sizes of a CLIP model, or null for any other
 * @param blip the sizes of a BLIP model, or null for any other
 * @param florence the sizes of a Florence-2 model, or null for any other
 * @param classifier the sizes of a classifier, or null for any other
 * @param files the weight files and their sizes in bytes
 * @param tensors all tensors
 * @param missing names that the architecture needs and the checkpoint lacks
 * @param misshapen names whose shape is not what config.json asks for, with both shapes
 * @param unexpected names that the architecture has no use for
 */
public record CheckpointReport(
        String architecture,
        ClipConfig clip,
        BlipConfig blip,
        FlorenceConfig florence,
        ClassifierConfig classifier,
        Map<Path, Long> files,
        List<Entry> tensors,
        List<String> missing,
        Map<String, Misshapen> misshapen,
        List<String> unexpected) {

    static final String UNKNOWN = "unknown";

    /** One tensor; {@code weight} is false for buffers of integers and for scales, which are no parameters. */
    public record Entry(String name, String type, Shape shape, boolean weight) {}

    /** A shape and the one that config.json asks for. */
    public record Misshapen(Shape found, Shape expected) {}

    /** Reads a folder, or a single {@code .safetensors} file, of which then nothing is known but its tensors. */
    public static CheckpointReport of(Path path) {
        boolean hasConfig = Files.isDirectory(path) && Files.exists(path.resolve("config.json"));
        String architecture = hasConfig ? ConfigFile.of(path).text("model_type", UNKNOWN) : UNKNOWN;
        ClassifierConfig classifier = hasConfig && ClassifierConfig.isKnown(path) ? ClassifierConfig.load(path) : null;
        ClipConfig clip = classifier == null && architecture.matches("clip|clip_vision_model|clip_text_model")
                ? ClipConfig.load(path)
                : null;
        BlipConfig blip = architecture.equals("blip") ? BlipConfig.load(path) : null;
        FlorenceConfig florence = architecture.equals("florence2") ? FlorenceConfig.load(path) : null;
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            List<Entry> tensors =
                    checkpoint.tensors().stream().map(CheckpointReport::entry).toList();
            Map<String, Shape> found = shapes(tensors);
            Map<String, Shape> expected = Map.of();
            if (clip != null) {
                expected = ClipLayout.of(clip, found.keySet());
            } else if (blip != null) {
                expected = BlipLayout.of(blip, found.keySet());
            } else if (florence != null) {
                expected = FlorenceLayout.of(florence, found);
            } else if (classifier != null) {
                expected = ClassifierLayout.of(classifier, found.keySet());
            }
            return new CheckpointReport(
                    architecture,
                    clip,
                    blip,
                    florence,
                    classifier,
                    sizes(checkpoint.files()),
                    tensors,
                    missing(expected, found),
                    misshapen(expected, found),
                    expected.isEmpty() ? List.of() : unexpected(expected, found));
        }
    }

    /** Whether this is a kind of model whose tensors we know, so that the lists of what is wrong say something. */
    public boolean checked() {
        return clip != null || blip != null || florence != null || classifier != null;
    }

    /** The tensors' shapes by their names. */
    Map<String, Shape> shapes() {
        return shapes(tensors);
    }

    /** Numbers in the weights; buffers of integers and the scales of matrices in eight bits do not count. */
    public long parameters() {
        return tensors.stream()
                .filter(Entry::weight)
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
    }

    /** Bytes of all weight files. */
    public long bytes() {
        return files.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many tensors there are of each dtype, as the file spells it. */
    public Map<String, Integer> types() {
        Map<String, Integer> types = new TreeMap<>();
        tensors.forEach(tensor -> types.merge(tensor.type(), 1, Integer::sum));
        return types;
    }

    private static Entry entry(TensorEntry tensor) {
        boolean integer = tensor.dtype()
                .map(type -> !type.isFloating() && type != DType.I8)
                .orElse(false);
        boolean scales = TensorEntry.isScales(tensor.name());
        return new Entry(tensor.name(), tensor.type(), tensor.shape(), !integer && !scales);
    }

    private static Map<String, Shape> shapes(List<Entry> tensors) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
        return shapes;
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

    private static List<String> missing(Map<String, Shape> expected, Map<String, Shape> found) {
        return expected.keySet().stream()
                .filter(name -> !found.containsKey(name))
                .toList();
    }

    private static Map<String, Misshapen> misshapen(Map<String, Shape> expected, Map<String, Shape> found) {
        Map<String, Misshapen> misshapen = new LinkedHashMap<>();
        found.forEach((name, shape) -> {
            Shape wanted = expected.get(name);
            if (wanted != null && !wanted.equals(shape)) {
                misshapen.put(name, new Misshapen(shape, wanted));
            }
        });
        return misshapen;
    }

    /**
     * Buffers that everybody leaves alone: older versions of transformers saved position ids, batch norms count steps of training. Scales
     * come with a matrix in eight bits.
     */
    private static List<String> unexpected(Map<String, Shape> expected, Map<String, Shape> found) {
        return found.keySet().stream()
                .filter(name -> !expected.containsKey(name)
                        && !name.endsWith("position_ids")
                        && !name.endsWith("num_batches_tracked"))
                .filter(name -> !TensorEntry.isScales(name)
                        || !expected.containsKey(name.substring(0, name.length() - TensorEntry.SCALES.length())))
                .toList();
    }
}
