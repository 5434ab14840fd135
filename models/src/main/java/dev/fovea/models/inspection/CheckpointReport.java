package dev.fovea.models.inspection;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The content of a checkpoint and its faults, as {@link Checkpoints#inspect} found them.
 *
 * @param architecture {@code model_type} of config.json, or {@code unknown}
 * @param sizes the parts of a model that Fovea runs and the size of each in words, such as {@code embedding} and {@code
 *     512 numbers}, in the order of the data flow; empty for any other model
 * @param layout owner of the layout that the tensors have, such as {@code Microsoft's}; empty where the kind of model
 *     has one layout only
 * @param files the weight files and their sizes in bytes
 * @param tensors all tensors, in the order of the files
 * @param missing tensors that the model needs and the checkpoint lacks, with the shapes they should have, in the order
 *     of the data flow
 * @param misshapen tensors whose shape is not what config.json asks for, with both shapes
 * @param unreadable tensors of a dtype that weights cannot have, with the error of loading them
 * @param unexpected tensors that the model does not use
 */
public record CheckpointReport(
        String architecture,
        Map<String, String> sizes,
        String layout,
        Map<Path, Long> files,
        List<Entry> tensors,
        Map<String, Shape> missing,
        Map<String, Misshapen> misshapen,
        Map<String, String> unreadable,
        List<String> unexpected) {

    /** Checks that nothing is missing. */
    public CheckpointReport {
        Arguments.present(architecture, "architecture");
        Arguments.present(sizes, "sizes");
        Arguments.present(layout, "layout");
        Arguments.present(files, "files");
        Arguments.present(tensors, "tensors");
        Arguments.present(missing, "missing");
        Arguments.present(misshapen, "misshapen");
        Arguments.present(unreadable, "unreadable");
        Arguments.present(unexpected, "unexpected");
    }

    /**
     * Describes one tensor.
     *
     * @param name in the file
     * @param type its dtype as the file spells it
     * @param shape its extents
     * @param isWeight false for buffers of integers and for the scales of matrices in eight bits, which are no
     *     parameters
     */
    public record Entry(String name, String type, Shape shape, boolean isWeight) {

        /** Checks that nothing is missing. */
        public Entry {
            Arguments.present(name, "name");
            Arguments.present(type, "type");
            Arguments.present(shape, "shape");
        }

        static Entry of(TensorEntry tensor) {
            boolean integer = tensor.dtype()
                    .map(type -> !type.isFloating() && type != DType.I8)
                    .orElse(false);
            boolean scales = TensorEntry.isScales(tensor.name());
            return new Entry(tensor.name(), tensor.type(), tensor.shape(), !integer && !scales);
        }
    }

    /**
     * Describes a tensor of another shape than the model needs.
     *
     * @param found the shape in the file
     * @param expected the shape that config.json asks for
     */
    public record Misshapen(Shape found, Shape expected) {

        /** Checks that nothing is missing. */
        public Misshapen {
            Arguments.present(found, "found");
            Arguments.present(expected, "expected");
        }
    }

    /** Returns whether this is a kind of model that Fovea runs, so that the lists of faults have a meaning. */
    public boolean isChecked() {
        return !sizes.isEmpty();
    }

    /** Counts the numbers in the weights; buffers of integers and the scales of matrices in eight bits do not count. */
    public long parameters() {
        return tensors.stream()
                .filter(Entry::isWeight)
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
    }

    /** Adds up the bytes of all weight files. */
    public long bytes() {
        return files.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Counts the tensors of each dtype, as the file spells it. */
    public Map<String, Integer> types() {
        Map<String, Integer> types = new TreeMap<>();
        tensors.forEach(tensor -> types.merge(tensor.type(), 1, Integer::sum));
        return types;
    }
}
