package dev.fovea.models.decoding;

/**
 * Runs a model's decoder on a batch of texts: reads their next tokens and scores what could follow. {@link Generator}
 * needs nothing else of a model.
 */
public interface DecoderSession {

    /**
     * Reads the next tokens of every sequence that continues. Sequences that {@code parents} does not name end; one
     * that it names twice continues twice, as two beams.
     *
     * @param parents for every sequence that continues, its index among the sequences of the call before; before the
     *     first call there is one empty sequence for each picture, in their order, and that order always remains
     * @param tokens for every sequence its next tokens, at least one
     * @param logits for every sequence an array as long as the vocabulary, to be filled with the scores of the tokens
     *     that could follow
     */
    void advance(int[] parents, int[][] tokens, float[][] logits);
}
