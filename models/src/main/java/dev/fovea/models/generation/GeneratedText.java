package dev.fovea.models.generation;

/**
 * A generated text.
 *
 * @param text the best sequence without special tokens
 * @param generation all sequences that were asked for
 */
public record GeneratedText(String text, Generation generation) {

    /** Returns token ids as transformers' {@code generate} does, prompt and end token included. */
    public int[] tokens() {
        return generation.best().tokens();
    }
}
