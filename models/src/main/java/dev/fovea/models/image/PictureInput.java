package dev.fovea.models.image;

/**
 * What a model takes as a picture: a {@link Picture} with all its pixels, or a {@link PreparedPicture}, of which only
 * those are left that the model reads. Both give exactly the same results.
 */
public sealed interface PictureInput permits Picture, PreparedPicture {

    /** Returns the pixels from left to right, those of the whole picture. */
    int width();

    /** Returns the pixels from top to bottom, those of the whole picture. */
    int height();
}
