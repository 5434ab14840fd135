package dev.fovea.models.tokenizer;

import java.util.List;

/**
 * The third step of a tokenizer: turns one piece of text into token ids. Implementations are safe to use from many
 * threads.
 */
interface Model {
    /** Returns the ids of the tokens that spell {@code piece}; the caller must not change the array. */
    int[] tokenize(String piece);

    /** Returns the states from single characters to the tokens of a piece; the result alone where nothing is merged. */
    default List<MergeStep> steps(String piece) {
        return List.of(new MergeStep(tokenize(piece), -1));
    }

    /** Returns all tokens with their ids. */
    Vocabulary vocabulary();
}
