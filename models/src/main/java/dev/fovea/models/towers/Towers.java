package dev.fovea.models.towers;

/**
 * The network of a model: two encoders whose outputs lie in one space, and what makes scores of cosines.
 *
 * @param image the image encoder, or null
 * @param text the text encoder, or null
 */
public record Towers(ImageEncoder image, TextEncoder text, PairScore score) {}
