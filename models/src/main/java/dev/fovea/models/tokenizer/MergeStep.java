package dev.fovea.models.tokenizer;

/**
 * A state of a piece of text while it is made into tokens.
 *
 * @param tokens ids of the symbols by now
 * @param rank place in the list of merges of the pair that was just merged, -1 before the first merge and where tokens
 *     are not found by merging
 */
public record MergeStep(int[] tokens, int rank) {}
