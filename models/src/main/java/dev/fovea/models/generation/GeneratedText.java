package dev.fovea.models.generation;

import dev.fovea.models.check.Arguments;

/**
 * A generated text.
 *
 * @param text the best sequence without special tokens
 * @param generation all sequences that were asked for
 */
public record GeneratedText(String text, Generation generation) {

    /** Checks that nothing is missing. */
    public GeneratedText {
        Arguments.present(text, "text");
        Arguments.present(generation, "generation");
    }

    /** Returns token ids as transformers' {@code generate} does, prompt and end token included. */
    public int[] tokens() {
        return generation.best().tokens();
    }
}
