package dev.fovea.models.tokenizer;

/** The third step of a tokenizer: one piece of text to token ids. Implementations are safe to use from many threads. */
interface Model {
    /** Ids of the tokens that spell {@code piece}; the caller must not change the array. */
    int[] tokenize(String piece);

    /** All tokens with their ids. */
    Vocabulary vocabulary();
}
