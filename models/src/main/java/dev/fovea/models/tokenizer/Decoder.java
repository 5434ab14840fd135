package dev.fovea.models.tokenizer;

/** Turns the texts of a sequence of tokens into one text. Implementations are immutable. */
@FunctionalInterface
interface Decoder {

    /** Begins a text, which has no tokens yet. */
    Text begin();

    /** A text that grows token by token. */
    interface Text {

        /** Adds a token, spelled as in the vocabulary. */
        void add(String token);

        /** Returns the text, if it ends here. */
        String text();

        /** Returns the number of characters of {@link #text}. */
        int length();
    }
}
