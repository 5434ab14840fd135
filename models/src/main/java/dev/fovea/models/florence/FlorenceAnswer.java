package dev.fovea.models.florence;

import dev.fovea.models.generation.Generation;

/**
 * The answer of Florence-2 about one picture.
 *
 * @param task the task that was run
 * @param text the generated text with special tokens kept
 * @param generation the generated ids and their scores
 * @param result the meaning of the text, in pixels of the picture
 */
public record FlorenceAnswer(FlorenceTask task, String text, Generation generation, FlorenceResult result) {}
