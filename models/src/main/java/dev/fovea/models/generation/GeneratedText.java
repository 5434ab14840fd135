package dev.fovea.models.generation;

/**
 * A generated text.
 *
 * @param text the best sequence without special tokens
 * @param generation all sequences that were asked for
 */
public record GeneratedText(String text, Generation generation) {

    /** Ids as transformers' {@code generate} returns them, prompt and end token included. */
    public int[] tokens() {
        return generation.best().tokens();
    }
}
