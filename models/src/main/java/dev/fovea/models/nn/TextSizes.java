package dev.fovea.models.nn;

/** The sizes of a transformer that reads texts. */
public interface TextSizes {

    /** Returns the sizes of its blocks. */
    TransformerShape transformer();

    /** Returns the number of token ids. */
    int vocabularySize();

    /** Returns the most tokens of a text. */
    int positions();

    /**
     * Names the token that becomes the text's embedding: {@code end} (the end token), {@code last} (after what fills
     * the text up), {@code first}, {@code mean}; empty where none does.
     */
    default String pooled() {
        return "";
    }

    /** Describes the sizes for people. */
    default String inWords() {
        return transformer().inWords() + ", " + positions() + " tokens of a vocabulary of "
                + SizeWords.count(vocabularySize());
    }
}
