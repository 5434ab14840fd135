package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Scores which of its classes a picture shows. Safe to use from many threads. */
public interface Classifier {

    /** Returns the names of the classes. */
    List<String> labels();

    /**
     * Scores all classes for each of many pictures: a list for each picture, in the order given, the best class first.
     */
    List<List<LabelScore>> classifyAll(List<? extends PictureInput> pictures);

    /** Scores all classes for a picture, the best first. */
    default List<LabelScore> classify(PictureInput picture) {
        return classifyAll(List.of(Arguments.present(picture, "picture"))).getFirst();
    }
}
