/** Chooses the tokens of a text: greedy and beam search, sampling, and the rules of {@code GenerationOptions}. */
package dev.fovea.models.decoding;
