package dev.fovea.models.tokenizer;

/**
 * The third step of a tokenizer: turns one piece of text into token ids. Implementations are safe to use from many
 * threads.
 */
interface Model {
    /** Returns the ids of the tokens that spell {@code piece}; the caller must not change the array. */
    int[] tokenize(String piece);

    /** Returns all tokens with their ids. */
    Vocabulary vocabulary();
}
