package dev.fovea.training.network;

/**
 * The token ids of an example.
 *
 * @param read what is read besides the picture: a question, a prompt; empty for none
 * @param written what is written, from the decoder's start token on
 * @param given how many tokens of what is written are given, at least 1: they are not learned
 * @param isCut whether the text was longer than the model can write, and its end left out
 */
public record TextTokens(int[] read, int[] written, int given, boolean isCut) {

    /** Returns the number of tokens that are learned. */
    public int compared() {
        return Math.max(0, written.length - given);
    }
}
