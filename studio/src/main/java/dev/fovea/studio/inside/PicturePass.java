package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.ModelException;
import java.util.Arrays;

/**
 * What the image tower has computed of one picture. Immutable; methods of this package that read weights need its model
 * open.
 */
public final class PicturePass {

    private final ClipInside inside;
    private final TowerPass tower;
    private final EmbeddingReader reader;
    private final float[] embedding;
    private final float[] pixels;
    private final int patchRows;
    private final int patchColumns;
    private final int height;
    private final int width;

    PicturePass(ClipInside inside, TowerPass.Recorded run, float[] pixels, int height, int width) {
        this.inside = inside;
        this.tower = run.pass();
        this.embedding = run.vector();
        this.pixels = pixels;
        this.height = height;
        this.width = width;
        patchRows = height / inside.layout().patchHeight();
        patchColumns = width / inside.layout().patchWidth();
        reader = inside.reader(this, run.kept());
    }

    ClipInside inside() {
        return inside;
    }

    /** Returns the model. */
    public Clip clip() {
        return inside.clip();
    }

    /**
     * Returns what the embedding is read with.
     *
     * @throws ModelException if the model reads no texts, so that no cosine can be taken apart
     */
    EmbeddingReader reader() {
        if (reader == null) {
            throw new ModelException(inside.clip().folder()
                    + ": reads no texts, so there is no cosine to explain; use a CLIP or a SigLIP for this figure");
        }
        return reader;
    }

    /**
     * Returns the attention that the embedding is read with: that of the class token in the last layer, of the probe of
     * SigLIP's head, or of the mean of a ResNet's last map. Where a plain mean of all cells is read, it is the mean of
     * their rows in the last layer.
     *
     * @return {@code [heads][tokens]}, rows that sum to 1
     * @throws ModelException if nothing attends, as in a ConvNeXt
     */
    public float[][] reading() {
        if (inside.reading() == TowerLayout.Reading.MEAN_WITHOUT_TEXTS) {
            throw new ModelException(inside.clip().folder() + ": is a ConvNeXt, which has convolutions in the place of"
                    + " attention; use a vision transformer for this figure");
        }
        boolean own = reader == null || reader instanceof MeanReader;
        float[][] rows = new float[own ? tower.heads() : reader.heads()][];
        for (int head = 0; head < rows.length; head++) {
            rows[head] = own ? ofTower(head) : reader.attention(head);
        }
        return rows;
    }

    private float[] ofTower(int head) {
        int last = tower.layers() - 1;
        if (tower.pooledToken() >= 0) {
            return tower.attention(last, head, tower.pooledToken());
        }
        float[] mean = new float[tower.tokens()];
        for (int query = 0; query < mean.length; query++) {
            float[] row = tower.attention(last, head, query);
            for (int token = 0; token < mean.length; token++) {
                mean[token] += row[token] / mean.length;
            }
        }
        return mean;
    }

    /** Returns how much each token weighs where all are pooled, as the mean over the heads. */
    float[] weights() {
        return reader instanceof MeanReader ? reader.attention(0) : meanReading();
    }

    /** Returns {@link #reading} as the mean over the heads. */
    public float[] meanReading() {
        float[][] rows = reading();
        float[] mean = new float[rows[0].length];
        for (float[] row : rows) {
            for (int token = 0; token < mean.length; token++) {
                mean[token] += row[token] / rows.length;
            }
        }
        return mean;
    }

    /** Returns the layers: attention, and the tokens between them. Patches follow {@link TowerPass#tokensBefore}. */
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
        return inside.layout().patchHeight();
    }

    /** Returns the width of a patch in pixels. */
    public int patchWidth() {
        return inside.layout().patchWidth();
    }

    /** Returns the height in pixels of what the model has read. */
    int height() {
        return height;
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
        int patchHeight = patchHeight();
        int patchWidth = patchWidth();
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

    /** Returns the token of a patch. */
    int token(int patch) {
        return tower.tokensBefore().size() + patch;
    }

    /** Returns the last numbers of a row of tokens: those of the patches, without the tokens before them. */
    public float[] ofPatches(float[] tokens) {
        return Arrays.copyOfRange(tokens, token(0), tokens.length);
    }
}
