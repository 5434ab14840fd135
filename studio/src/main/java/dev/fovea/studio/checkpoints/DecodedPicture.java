package dev.fovea.studio.checkpoints;

/**
 * Sizes of what a decoder's cross-attention reads of a picture.
 *
 * @param layers of the decoder
 * @param heads of a layer
 * @param rows of places in the picture
 * @param columns of places in the picture
 * @param other what stands before the places: {@code class token} or {@code pooled token}
 * @param before how many of those there are; what stands after the places is the prompt
 */
public record DecodedPicture(int layers, int heads, int rows, int columns, String other, int before) {}
