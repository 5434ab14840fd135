package dev.fovea.models.tokenizer;

import java.util.List;

/** The way back: the texts of a row of tokens to one text. Implementations are immutable. */
@FunctionalInterface
interface Decoder {
    String decode(List<String> tokens);

    /** Tokens joined by a space, which is what a tokenizer without a decoder does. */
    static Decoder spaces() {
        return tokens -> String.join(" ", tokens);
    }
}
