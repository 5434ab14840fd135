package dev.fovea.studio.inside;

/**
 * What the image tower has computed of one picture. Immutable; methods of this package that read weights need its model
 * open.
 */
public final class PicturePass {

    private final ClipInside inside;
    private final TowerPass tower;
    private final float[] embedding;
    private final float[] pixels;
    private final int patchRows;
    private final int patchColumns;
    private final int patchHeight;
    private final int patchWidth;
    private final int width;

    PicturePass(
            ClipInside inside,
            TowerPass tower,
            float[] embedding,
            float[] pixels,
            int patchRows,
            int patchColumns,
            int patchHeight,
            int patchWidth,
            int width) {
        this.inside = inside;
        this.tower = tower;
        this.embedding = embedding;
        this.pixels = pixels;
        this.patchRows = patchRows;
        this.patchColumns = patchColumns;
        this.patchHeight = patchHeight;
        this.patchWidth = patchWidth;
        this.width = width;
    }

    ClipInside inside() {
        return inside;
    }

    /** Returns the layers: attention, and the tokens between them. Token 0 is the class token, patches follow. */
    public TowerPass tower() {
        return tower;
    }

    /** Returns the embedding of the picture, a vector of unit length, with the bits of {@code Clip.embed}. */
    public float[] embedding() {
        return embedding.clone();
    }

    /** Returns the normalised pixels that the model has read: height x width x 3. */
    public float[] pixels() {
        return pixels.clone();
    }

    /** Returns the number of rows of patches. */
    public int patchRows() {
        return patchRows;
    }

    /** Returns the number of patches in a row. */
    public int patchColumns() {
        return patchColumns;
    }

    /** Returns the number of patches. */
    public int patches() {
        return patchRows * patchColumns;
    }

    /** Returns the height of a patch in pixels. */
    public int patchHeight() {
        return patchHeight;
    }

    /** Returns the width of a patch in pixels. */
    public int patchWidth() {
        return patchWidth;
    }

    /** Returns the width in pixels of what the model has read. */
    int width() {
        return width;
    }

    /**
     * Returns the pixels of a patch: what its token is made from.
     *
     * @param index in reading order, from 0 on
     * @return patch height x patch width x 3, normalised
     */
    public float[] patch(int index) {
        if (index < 0 || index >= patches()) {
            throw new IllegalArgumentException("patch is " + index + "; expected 0 to " + (patches() - 1));
        }
        float[] patch = new float[patchHeight * patchWidth * 3];
        for (int y = 0; y < patchHeight; y++) {
            int from = ((index / patchColumns * patchHeight + y) * width + index % patchColumns * patchWidth) * 3;
            System.arraycopy(pixels, from, patch, y * patchWidth * 3, patchWidth * 3);
        }
        return patch;
    }

    /** Returns the bytes that this takes. */
    public long bytes() {
        return tower.bytes() + 4L * pixels.length;
    }

    /** Returns the last numbers of a row of tokens: those of the patches, without the class token. */
    static float[] ofPatches(float[] tokens) {
        float[] patches = new float[tokens.length - 1];
        System.arraycopy(tokens, 1, patches, 0, patches.length);
        return patches;
    }
}
