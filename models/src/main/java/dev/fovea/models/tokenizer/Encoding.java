package dev.fovea.models.tokenizer;

/**
 * A text as a model reads it.
 *
 * @param ids token ids, start and end tokens included; never padded
 * @param truncated whether tokens were cut off to respect a maximum length
 */
public record Encoding(int[] ids, boolean truncated) {}
