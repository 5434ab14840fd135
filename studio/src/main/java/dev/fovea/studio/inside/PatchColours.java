package dev.fovea.studio.inside;

import java.util.Arrays;

/**
 * Colours patches by the three directions in which their tokens differ most (principal components: Pearson 1901; as
 * maps of patches in Oquab et al. 2024, "DINOv2", figure 1). Tokens are centred; red, green and blue are the first,
 * second and third component, each cut at its 2nd and 98th percentile; of each direction the channel with the largest
 * loading counts as positive, so that the same picture has the same colours.
 *
 * <p>Directions are found by subspace iteration with Rayleigh-Ritz steps (Golub and Van Loan 2013, section 8.2.4).
 */
public final class PatchColours {

    private static final int COMPONENTS = 3;

    /** Vectors that are iterated: more than the components, for those that are nearly as strong. */
    private static final int SUBSPACE = 8;

    private static final int ITERATIONS = 60;

    private PatchColours() {}

    /**
     * Returns the colours of the patches.
     *
     * @param layer as for {@link TowerPass#state}; up to {@link TowerPass#lastWhole}
     * @return {@code [patches, 3]}, 0 to 1
     */
    public static float[] of(PicturePass picture, int layer) {
        double[][] tokens = new double[picture.patches()][];
        for (int patch = 0; patch < tokens.length; patch++) {
            tokens[patch] = Readout.slice(picture.tower().state(layer, picture.token(patch)));
        }
        return colours(tokens);
    }

    /** Returns the first three principal components of rows as colours. */
    static float[] colours(double[][] rows) {
        double[][] centred = centred(rows);
        double[][] directions = directions(centred);
        float[] colours = new float[rows.length * COMPONENTS];
        for (int component = 0; component < COMPONENTS; component++) {
            double[] scores = new double[rows.length];
            for (int row = 0; row < rows.length && component < directions.length; row++) {
                scores[row] = LinearAlgebra.dot(directions[component], centred[row]);
            }
            double[] sorted = scores.clone();
            Arrays.sort(sorted);
            double low = sorted[(int) Math.round(0.02 * (sorted.length - 1))];
            double high = sorted[(int) Math.round(0.98 * (sorted.length - 1))];
            for (int row = 0; row < rows.length; row++) {
                double colour = high > low ? (scores[row] - low) / (high - low) : 0.5;
                colours[row * COMPONENTS + component] = (float) Math.clamp(colour, 0, 1);
            }
        }
        return colours;
    }

    private static double[][] centred(double[][] rows) {
        double[] mean = new double[rows[0].length];
        for (double[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i] / rows.length;
            }
        }
        double[][] centred = new double[rows.length][mean.length];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < mean.length; i++) {
                centred[row][i] = rows[row][i] - mean[i];
            }
        }
        return centred;
    }

    /** Returns the directions of the largest variance of centred rows, strongest first. */
    static double[][] directions(double[][] rows) {
        int width = rows[0].length;
        int size = Math.min(SUBSPACE, Math.min(width, rows.length));
        double[][] basis = new double[size][width];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < width; j++) {
                basis[i][j] = Math.cos((i + 1.0) * (j + 0.5) * Math.PI / width); // a start that favours nothing
            }
        }
        orthonormalize(basis);
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            for (int i = 0; i < size; i++) {
                basis[i] = covariance(rows, basis[i]);
            }
            orthonormalize(basis);
        }
        return ritz(rows, basis);
    }

    /** Returns {@code Xᵀ X v}. */
    private static double[] covariance(double[][] rows, double[] v) {
        double[] result = new double[v.length];
        for (double[] row : rows) {
            double factor = LinearAlgebra.dot(row, v);
            for (int i = 0; i < v.length; i++) {
                result[i] += factor * row[i];
            }
        }
        return result;
    }

    /** Makes vectors orthogonal and of unit length (modified Gram-Schmidt); what depends on others becomes 0. */
    private static void orthonormalize(double[][] vectors) {
        for (int i = 0; i < vectors.length; i++) {
            double before = LinearAlgebra.length(vectors[i]);
            for (int j = 0; j < i; j++) {
                subtract(vectors[i], vectors[j], LinearAlgebra.dot(vectors[i], vectors[j]));
            }
            double length = LinearAlgebra.length(vectors[i]);
            double factor = length <= 1e-12 * before ? 0 : 1 / length;
            for (int k = 0; k < vectors[i].length; k++) {
                vectors[i][k] *= factor;
            }
        }
    }

    private static void subtract(double[] target, double[] other, double factor) {
        for (int i = 0; i < target.length; i++) {
            target[i] -= factor * other[i];
        }
    }

    /** Turns a basis of the subspace into its eigenvectors, strongest first, with the largest loading positive. */
    private static double[][] ritz(double[][] rows, double[][] basis) {
        int size = basis.length;
        double[][] small = new double[size][size];
        double[][] images = new double[size][];
        for (int i = 0; i < size; i++) {
            images[i] = covariance(rows, basis[i]);
        }
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                small[i][j] = LinearAlgebra.dot(basis[i], images[j]);
            }
        }
        double[][] rotation = SymmetricEigen.vectors(small);
        double[][] directions = new double[Math.min(COMPONENTS, size)][basis[0].length];
        for (int i = 0; i < directions.length; i++) {
            for (int j = 0; j < size; j++) {
                subtract(directions[i], basis[j], -rotation[i][j]);
            }
            int largest = 0;
            for (int k = 0; k < directions[i].length; k++) {
                largest = Math.abs(directions[i][k]) > Math.abs(directions[i][largest]) ? k : largest;
            }
            if (directions[i][largest] < 0) {
                for (int k = 0; k < directions[i].length; k++) {
                    directions[i][k] = -directions[i][k];
                }
            }
        }
        return directions;
    }
}
