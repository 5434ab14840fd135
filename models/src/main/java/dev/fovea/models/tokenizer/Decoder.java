package dev.fovea.models.tokenizer;

/** The way back: the texts of a row of tokens to one text. Implementations are immutable. */
@FunctionalInterface
interface Decoder {

    /** A text without tokens yet. */
    Text begin();

    /** A text that grows token by token. */
    interface Text {

        /** Adds a token, given as it stands in the vocabulary. */
        void add(String token);

        /** The text, if it ends here. */
        String text();

        /** How many characters {@link #text} has. */
        int length();
    }
}
