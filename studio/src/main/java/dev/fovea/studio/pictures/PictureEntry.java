package dev.fovea.studio.pictures;

/**
 * A picture as the page lists it.
 *
 * @param id of an uploaded file the first 16 hexadecimal digits of its SHA-256
 * @param name of the file, or an empty text
 * @param width in pixels
 * @param height in pixels
 * @param builtIn whether it came with the studio
 */
public record PictureEntry(String id, String name, int width, int height, boolean builtIn) {}
