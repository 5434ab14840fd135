package dev.fovea.app.tuning;

import dev.fovea.app.tuning.TuningFolder.ClassFolder;
import dev.fovea.app.tuning.TuningFolder.Part;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.training.Examples;
import dev.fovea.training.LabelledPictures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Collects the features of the pictures of a tuning, and the pictures where a method looks at them again. */
final class TuningSet {

    private record Seen(Path file, ClassFolder folder, float[] feature, PreparedPicture picture) {}

    private final List<Seen> pictures = new ArrayList<>();

    /**
     * Adds a picture.
     *
     * @param picture null where nobody looks at it again
     */
    void add(Path file, ClassFolder folder, float[] feature, PreparedPicture picture) {
        pictures.add(new Seen(file, folder, feature, picture));
    }

    /** Returns the pictures that some examples are the features of. */
    LabelledPictures pictures(Examples examples) {
        Map<float[], PreparedPicture> byFeature = new IdentityHashMap<>();
        pictures.forEach(seen -> byFeature.put(seen.feature, seen.picture));
        return new LabelledPictures(
                examples.features().stream().map(byFeature::get).toList(), examples.classes());
    }

    /** Returns whether a class of a part has a picture that could be read. */
    boolean has(Part part, String label) {
        return pictures.stream().anyMatch(seen -> seen.folder.equals(new ClassFolder(part, label)));
    }

    /** Returns the pictures of a part that show one of some classes. */
    Examples examples(Part part, List<String> labels) {
        List<Seen> chosen = chosen(part, labels);
        return new Examples(
                chosen.stream().map(Seen::feature).toList(),
                chosen.stream()
                        .mapToInt(seen -> labels.indexOf(seen.folder.label()))
                        .toArray());
    }

    private List<Seen> chosen(Part part, List<String> labels) {
        return pictures.stream()
                .filter(seen -> seen.folder.part() == part && labels.contains(seen.folder.label()))
                .toList();
    }

    /** Describes the pictures to learn from that are there under two classes, a line each. */
    List<String> contradictions(List<String> labels) {
        List<Seen> chosen = chosen(Part.TRAINING, labels);
        List<int[]> pairs = examples(Part.TRAINING, labels).contradictions();
        return IntStream.range(0, pairs.size())
                .mapToObj(i -> chosen.get(pairs.get(i)[0]).file + " and "
                        + chosen.get(pairs.get(i)[1]).file + " are the same picture in two classes; both are learned,"
                        + " remove the wrong one")
                .toList();
    }
}
