package dev.fovea.models.towers;

import dev.fovea.models.nn.TextSizes;
import dev.fovea.tensor.Tensor;
import java.util.List;

/** The text tower of a model: a transformer that is read at one token. */
public interface TextEncoder {

    /** Returns the length of an embedding, in numbers. */
    int dimension();

    /** Returns the sizes of the tower, as its configuration says. */
    TextSizes sizes();

    /** Returns the most tokens of a text. */
    default int positions() {
        return sizes().positions();
    }

    /** Returns the number of token ids. */
    default int vocabularySize() {
        return sizes().vocabularySize();
    }

    /** Returns whether texts are filled up with padding to {@link #positions()}, which takes part in the result. */
    default boolean isPadded() {
        return false;
    }

    /**
     * Encodes texts.
     *
     * @param texts token ids of each text, at most {@link #positions()} of them
     * @return {@code [texts, dimension]}, not of unit length
     */
    Tensor encode(List<int[]> texts);
}
