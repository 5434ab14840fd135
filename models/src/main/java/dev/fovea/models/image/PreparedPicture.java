package dev.fovea.models.image;

/**
 * A picture that is shrunk and cropped to what one model reads, in 8 bits: some 150 KB for a model that reads 224 x 224
 * pixels, where a photograph of 12 megapixels takes 36 MB. Whoever has many pictures keeps these instead of {@link
 * Picture}s. Immutable; made by {@link Preprocessing#prepare}.
 */
public final class PreparedPicture implements PictureInput {
    private final Preprocessing preprocessing;
    private final byte[] pixels;
    private final int width;
    private final int height;

    PreparedPicture(Preprocessing preprocessing, byte[] pixels, int width, int height) {
        this.preprocessing = preprocessing;
        this.pixels = pixels;
        this.width = width;
        this.height = height;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    /** Returns how it was shrunk and cropped; only a model that wants pictures in this way takes it. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** The bytes themselves, for this package, which does not change them. */
    byte[] pixels() {
        return pixels;
    }
}
