package dev.fovea.studio.pictures;

/**
 * A picture as the page lists it.
 *
 * @param id of an uploaded file the first 16 hexadecimal digits of its SHA-256
 * @param name of the file, or an empty text
 * @param width in pixels
 * @param height in pixels
 * @param builtIn whether it came with the studio
 * @param sha256 of its file, in hexadecimal digits
 */
public record PictureEntry(String id, String name, int width, int height, boolean builtIn, String sha256) {}
