package dev.fovea.models.florence;

import dev.fovea.models.generation.Generation;

/**
 * What Florence-2 says about one picture.
 *
 * @param task what it was asked
 * @param text the generated text with special tokens kept
 * @param generation the generated ids and their scores
 * @param result what the text says, in pixels of the picture
 */
public record FlorenceAnswer(FlorenceTask task, String text, Generation generation, FlorenceResult result) {}
