package dev.fovea.models.towers;

import dev.fovea.tensor.Tensor;
import java.util.List;

/** The text tower of a model: a transformer that is read at one token. */
public interface TextEncoder {

    /** Returns the length of an embedding, in numbers. */
    int dimension();

    /** Returns the most tokens of a text. */
    int positions();

    /** Returns the number of token ids. */
    int vocabularySize();

    /** Returns whether texts are filled up with padding to {@link #positions()}, which takes part in the result. */
    boolean isPadded();

    /**
     * Encodes texts.
     *
     * @param texts token ids of each text, at most {@link #positions()} of them
     * @return {@code [texts, dimension]}, not of unit length
     */
    Tensor encode(List<int[]> texts);
}
