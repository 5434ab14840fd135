package dev.fovea.models.image;

/**
 * A picture that is shrunk and cropped to the pixels that one model reads, in 8 bits: some 150 KB for a model that
 * reads 224 x 224 pixels, where a photograph of 12 megapixels takes 36 MB, and four times as much where {@link
 * Preprocessing#floats} are kept. Keep these instead of {@link Picture}s where there are many. Immutable; made by
 * {@link Preprocessing#prepare}.
 */
public final class PreparedPicture implements PictureInput {
    private final Preprocessing preprocessing;
    private final byte[] pixels;
    private final float[] shares;
    private final int width;
    private final int height;

    PreparedPicture(Preprocessing preprocessing, byte[] pixels, float[] shares, int width, int height) {
        this.preprocessing = preprocessing;
        this.pixels = pixels;
        this.shares = shares;
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

    /** Returns the steps by which the picture was shrunk and cropped. Only a model with equal steps takes it. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** Returns the bytes themselves, for this package, which does not change them; null where there are floats. */
    byte[] pixels() {
        return pixels;
    }

    /** Returns the scaled values themselves, which are not normalised yet; null where there are bytes. */
    float[] shares() {
        return shares;
    }
}
