package dev.fovea.models.generation;

/** A model's decoder at work on a batch: it extends sequences of tokens and scores what could come next. */
public interface DecoderSession {

    /** Number of token ids. */
    int vocabularySize();

    /**
     * Extends sequences. Those that are not named by {@code parents} end; a sequence named twice goes on twice (a beam).
     *
     * @param parents for every sequence that goes on, its number among the sequences of the call before; before the first call there
     *     is one empty sequence for each picture, in their order, and that order always remains
     * @param tokens for every sequence its next tokens, at least one
     * @param logits for every sequence a row of {@link #vocabularySize()} floats, to be filled with the scores of what could follow
     */
    void advance(int[] parents, int[][] tokens, float[][] logits);
}
