package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads from the peers' cache the inputs that they were given, and PyTorch's answers.
 *
 * @param pixels {@code [pictures, size, size, 3]}
 * @param size side of a picture
 * @param pictures how many there are
 * @param fullText token ids that fill the context; none of a model other than CLIP
 * @param labels token ids of each label, without padding; none of a model other than CLIP
 * @param answers {@code image}, {@code full_text} and {@code labels}: projected features, not of unit length; of a
 *     model other than CLIP those of pictures
 */
record PeerInputs(float[] pixels, int size, int pictures, int[] fullText, List<int[]> labels, Answers answers) {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Holds features row after row. */
    record Answers(float[] image, float[] fullText, float[] labels) {}

    static PeerInputs read(Path cache) {
        try (Checkpoint inputs = Checkpoint.open(cache.resolve("inputs.safetensors"));
                Checkpoint answers = Checkpoint.open(cache.resolve("answers.safetensors"))) {
            Shape shape = find(inputs, "pixels").shape();
            int pictures = Math.toIntExact(shape.extent(0));
            int size = Math.toIntExact(shape.extent(2));
            float[] channelsLast = channelsLast(floats(inputs, "pixels"), pictures, size);
            float[] image = floats(answers, "image");
            if (inputs.find("labels").isEmpty()) {
                Answers ofPictures = new Answers(image, new float[0], new float[0]);
                return new PeerInputs(channelsLast, size, pictures, new int[0], List.of(), ofPictures);
            }
            int[] lengths = ints(inputs, "lengths");
            int[] padded = ints(inputs, "labels");
            int context = padded.length / lengths.length;
            List<int[]> labels = new ArrayList<>();
            for (int i = 0; i < lengths.length; i++) {
                labels.add(Arrays.copyOfRange(padded, i * context, i * context + lengths[i]));
            }
            return new PeerInputs(
                    channelsLast,
                    size,
                    pictures,
                    ints(inputs, "full_text"),
                    labels,
                    new Answers(image, floats(answers, "full_text"), floats(answers, "labels")));
        }
    }

    private static TensorEntry find(Checkpoint file, String name) {
        return file.find(name)
                .orElseThrow(() -> new FoveaException(
                        file.path() + ": no tensor " + name + "; remove the peers' cache and let them write it again"));
    }

    private static float[] floats(Checkpoint file, String name) {
        return find(file, name).weight().toFloats();
    }

    private static int[] ints(Checkpoint file, String name) {
        TensorEntry entry = find(file, name);
        int[] values = new int[Math.toIntExact(entry.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = entry.data().getAtIndex(INT, i);
        }
        return values;
    }

    /** Copies {@code [pictures, 3, size, size]} to {@code [pictures, size, size, 3]}. */
    static float[] channelsLast(float[] planes, int pictures, int size) {
        int plane = size * size;
        float[] pixels = new float[planes.length];
        for (int picture = 0; picture < pictures; picture++) {
            for (int channel = 0; channel < 3; channel++) {
                for (int i = 0; i < plane; i++) {
                    pixels[(picture * plane + i) * 3 + channel] = planes[(picture * 3 + channel) * plane + i];
                }
            }
        }
        return pixels;
    }
}
