package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/**
 * Turns pictures into vectors of unit length, near each other where pictures are alike. Safe to use from many threads.
 */
public interface ImageEmbedder {

    /** Returns the length of an embedding, in numbers. */
    int dimension();

    /** Returns the embeddings of many pictures, in the order given; each is a vector of unit length. */
    List<float[]> embedAll(List<? extends PictureInput> pictures);

    /** Returns the embedding of a picture, a vector of unit length. */
    default float[] embed(PictureInput picture) {
        return embedAll(List.of(Arguments.present(picture, "picture"))).getFirst();
    }
}
