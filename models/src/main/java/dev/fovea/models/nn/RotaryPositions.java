package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * Gives patches their positions by rotation (Su et al. 2021, "RoFormer", section 3.4.2). Every head's channels are
 * pairs {@code (a, b)}, half a head apart, and each pair of queries and keys is turned by an angle of its own:
 *
 * <pre>
 * a' = a cos - b sin        angle = first place * base^(-4 i / head size) of the first half of the pairs,
 * b' = b cos + a sin                second place * base^(-4 i / head size) of the second
 * </pre>
 *
 * Where a patch lies along the two axes, {@link Places} say. Tokens before the patches are not turned.
 */
public final class RotaryPositions {

    private final Backend backend;
    private final int heads;
    private final int headSize;
    private final float base;
    private final int tokensBefore;
    private final Places places;
    private volatile Turns last = new Turns(null, null, null);

    /** Says where the patches of a picture lie along both axes, whatever its size. */
    @FunctionalInterface
    public interface Places {

        /**
         * From -2 pi at one edge of the picture to 2 pi at the other, in the middle of the patch; the row first
         * (DINOv3, Siméoni et al. 2025, section 3.2).
         */
        Places CENTRED = (row, column, patches) -> new float[] {
            (float) (2 * Math.PI) * (2 * ((row + 0.5f) / patches.height()) - 1),
            (float) (2 * Math.PI) * (2 * ((column + 0.5f) / patches.width()) - 1)
        };

        /**
         * Returns the places of a patch, of which the first turns the first half of a head's pairs.
         *
         * @param patches rows and columns of patches of the picture
         */
        float[] of(int row, int column, Grid patches);
    }

    /**
     * Counts patches, and stretches the count of other pictures to that of the pictures of the training ({@code
     * RotaryEmbeddingCat} of {@code timm/layers/pos_embed_sincos.py}): EVA-02, PE-Core.
     *
     * @param first number of the first row and the first column
     * @param trained rows and columns of patches of a picture in the training
     * @param columnsFirst whether the column turns the first half of the pairs, else the row
     */
    public record Counted(int first, int trained, boolean columnsFirst) implements Places {

        @Override
        public float[] of(int row, int column, Grid patches) {
            float y = (float) (row + first) / patches.height() * trained;
            float x = (float) (column + first) / patches.width() * trained;
            return columnsFirst ? new float[] {x, y} : new float[] {y, x};
        }
    }

    /** Cosines and signed sines for the patches of a picture, {@code [tokens, 2 hidden]}. */
    private record Turns(Grid patches, float[] cosines, float[] sines) {}

    /**
     * Takes the sizes.
     *
     * @param base the period of the slowest pair, relative to the fastest
     * @param tokensBefore number of tokens before the patches
     * @param places where patches lie
     */
    public RotaryPositions(Backend backend, TransformerShape shape, float base, int tokensBefore, Places places) {
        this.backend = backend;
        this.places = places;
        heads = shape.heads();
        headSize = shape.hiddenSize() / heads;
        this.base = base;
        this.tokensBefore = tokensBefore;
    }

    /**
     * Makes the rotations for pictures of one size. They belong to the scope that they are made in.
     *
     * @param patches rows and columns of patches of a picture
     */
    public Table table(Grid patches) {
        Turns turns = last;
        Grid one = new Grid(1, patches.height(), patches.width());
        if (!one.equals(turns.patches)) { // only the last ones are kept, since pictures may have any size
            turns = turns(one);
            last = turns;
        }
        int rows = tokensBefore + one.rows();
        int columns = 2 * heads * headSize; // queries and keys
        return new Table(
                backend,
                backend.tensor(rows, columns, turns.cosines),
                backend.tensor(rows, columns, turns.sines),
                headSize / 2);
    }

    private Turns turns(Grid patches) {
        int columns = 2 * heads * headSize;
        int tokens = tokensBefore + patches.rows();
        float[] cosines = new float[tokens * columns];
        float[] sines = new float[tokens * columns];
        for (int token = 0; token < tokens; token++) {
            float[] angles = angles(token - tokensBefore, patches);
            for (int column = 0; column < columns; column++) {
                int channel = column % headSize;
                float angle = angles[channel % angles.length];
                cosines[token * columns + column] = (float) Math.cos(angle);
                sines[token * columns + column] =
                        (float) (channel < angles.length ? -Math.sin(angle) : Math.sin(angle));
            }
        }
        return new Turns(patches, cosines, sines);
    }

    /**
     * Returns the angle of every pair of a head, in single precision as the reference.
     *
     * @param patch index in the picture; negative for a token before the patches
     */
    private float[] angles(int patch, Grid patches) {
        int frequencies = headSize / 4;
        float[] angles = new float[2 * frequencies];
        if (patch < 0) {
            return angles;
        }
        float[] place = places.of(patch / patches.width(), patch % patches.width(), patches);
        for (int i = 0; i < frequencies; i++) {
            float frequency = (float) (1 / Math.pow(base, 4.0 * i / headSize));
            angles[i] = place[0] * frequency;
            angles[frequencies + i] = place[1] * frequency;
        }
        return angles;
    }

    /**
     * Rotations for pictures of one size.
     *
     * @param backend computes
     * @param cosines {@code [tokens, 2 hidden]}
     * @param sines of the same shape, negative for the first channel of every pair
     * @param half channels from the one to the other channel of a pair
     */
    public record Table(Backend backend, Tensor cosines, Tensor sines, int half) {

        /**
         * Rotates heads.
         *
         * @param x {@code [images * tokens, columns or more]}, rows end to end
         * @param columns how many of the columns are rotated and returned, at most 2 hidden
         * @return {@code [images * tokens, columns]}
         */
        Tensor apply(Tensor x, int columns) {
            int halves = x.columns() / half;
            int turned = columns / half;
            int[] partners = new int[x.rows() * turned];
            for (int i = 0; i < partners.length; i++) {
                partners[i] = i / turned * halves + (i % turned ^ 1);
            }
            Tensor others = backend.gatherRows(x.reshape(x.rows() * halves, half), partners)
                    .reshape(x.rows(), columns); // b where a is, a where b is
            Tensor across = backend.multiply(others, sines.columns(0, columns));
            Tensor along = backend.multiply(x.columns(0, columns), cosines.columns(0, columns));
            Tensor sum = backend.add(along, across);
            backend.release(others);
            backend.release(across);
            backend.release(along);
            return sum;
        }
    }
}
