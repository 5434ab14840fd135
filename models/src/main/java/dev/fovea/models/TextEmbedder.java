package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.List;

/**
 * Turns texts into vectors of unit length, near those of the pictures that they describe. Safe to use from many
 * threads.
 */
public interface TextEmbedder {

    /** Returns the length of an embedding, in numbers. */
    int dimension();

    /** Returns the embeddings of many texts, in the order given; each is a vector of unit length. */
    List<float[]> embedTexts(List<String> texts);

    /** Returns the embedding of a text, a vector of unit length. */
    default float[] embed(String text) {
        return embedTexts(List.of(Arguments.present(text, "text"))).getFirst();
    }
}
