package dev.fovea.models.image;

/**
 * The input of a model: a {@link Picture} with all its pixels, or a {@link PreparedPicture}, which keeps only the
 * pixels that the model reads. Both give exactly the same results.
 */
public sealed interface PictureInput permits Picture, PreparedPicture {

    /** Returns the width of the whole picture in pixels. */
    int width();

    /** Returns the height of the whole picture in pixels. */
    int height();
}
