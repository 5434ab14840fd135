package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Finds the objects in a picture. Safe to use from many threads. */
public interface ObjectDetector {

    /** Finds the objects in each of many pictures: a list for each picture, in the order given. */
    List<List<Detection>> detectAll(List<? extends PictureInput> pictures);

    /** Finds the objects in a picture, in the order in which the model names them. */
    default List<Detection> detect(PictureInput picture) {
        return detectAll(List.of(Arguments.present(picture, "picture"))).getFirst();
    }
}
