package dev.fovea.models.tokenizer;

import java.util.List;

/**
 * A piece of a text, cleaned and split off, and how it becomes tokens.
 *
 * @param piece as the model of the tokenizer reads it
 * @param steps from single characters to the tokens; the last one is the result
 */
public record PieceSteps(String piece, List<MergeStep> steps) {}
