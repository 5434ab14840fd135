package dev.fovea.models.florence;

import dev.fovea.models.generation.Generation;

/**
 * What Florence-2 answered about a picture.
 *
 * @param task what it was asked
 * @param text what it wrote, special tokens kept
 * @param generation the tokens, as transformers returns them
 * @param result what the text says, in pixels of the picture
 */
public record FlorenceAnswer(FlorenceTask task, String text, Generation generation, FlorenceResult result) {}
