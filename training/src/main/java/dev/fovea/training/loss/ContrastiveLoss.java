package dev.fovea.training.loss;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;
import java.util.Arrays;

/**
 * Scores of unit vectors of images I and texts T, {@code S = τ I Tᵀ} with {@code τ = e^logitScale}, and what a loss of
 * them says back: {@code dI = τ dS T}, {@code dT = τ dSᵀ I}, {@code dlogitScale = sum of dS S}.
 *
 * @param loss the value
 * @param images dI, row after row
 * @param texts dT, row after row
 * @param logitScale the gradient with respect to the logarithm of the factor
 */
public record ContrastiveLoss(double loss, float[] images, float[] texts, double logitScale) {

    /**
     * CLIP's loss (Radford et al. 2021, figure 3): the mean of the cross-entropies over rows and over columns, where
     * image i belongs to text i.
     *
     * @param images {@code [n][dimension]}, unit vectors; so the texts
     */
    public static ContrastiveLoss ofPairs(double[][] images, double[][] texts, double logitScale) {
        int[] numbers = new int[images.length];
        Arrays.setAll(numbers, i -> i);
        return ofPairs(images, texts, numbers, numbers, logitScale);
    }

    /**
     * CLIP's loss where a picture or a text is there several times. Each of the k texts of a picture and each of the k
     * pictures of a text is a target with the share 1 / k, so that none of them counts as a wrong one.
     *
     * @param images {@code [n][dimension]}, unit vectors; so the texts, which belong to the images one by one
     * @param imageNumbers equal for rows that show the same picture
     * @param textNumbers equal for rows of the same text
     */
    public static ContrastiveLoss ofPairs(
            double[][] images, double[][] texts, int[] imageNumbers, int[] textNumbers, double logitScale) {
        double[][] belong = new double[images.length][images.length]; // a row for each image
        for (int i = 0; i < belong.length; i++) {
            for (int j = 0; j < belong.length; j++) {
                boolean same = imageNumbers[i] == imageNumbers[j] || textNumbers[i] == textNumbers[j];
                belong[i][j] = same ? 1 : 0;
            }
        }
        double[][] scores = scores(images, texts, logitScale);
        double[][] byText = Matrices.copy(scores); //              a row for each image: classes are columns there
        double[][] byImage = Matrices.transposed(scores);
        double loss = (CrossEntropy.gradient(byImage, shares(Matrices.transposed(belong)))
                        + CrossEntropy.gradient(byText, shares(belong)))
                / 2;
        double[][] slopes = Matrices.transposed(byImage);
        for (int i = 0; i < slopes.length; i++) {
            for (int j = 0; j < slopes[i].length; j++) {
                slopes[i][j] = (slopes[i][j] + byText[i][j]) / 2;
            }
        }
        return of(loss, slopes, scores, images, texts, logitScale);
    }

    /** Divides each column by its sum. */
    private static double[][] shares(double[][] matrix) {
        double[] sums = new double[matrix[0].length];
        for (double[] row : matrix) {
            for (int n = 0; n < sums.length; n++) {
                sums[n] += row[n];
            }
        }
        double[][] shares = Matrices.copy(matrix);
        for (double[] row : shares) {
            for (int n = 0; n < sums.length; n++) {
                row[n] /= sums[n];
            }
        }
        return shares;
    }

    /**
     * The cross-entropy of pictures over the texts of all classes.
     *
     * @param texts a unit vector for each class
     * @param classes of each image
     */
    public static ContrastiveLoss ofClasses(double[][] images, double[][] texts, int[] classes, double logitScale) {
        double[][] scores = scores(images, texts, logitScale);
        double[][] byClass = Matrices.transposed(scores);
        double loss = CrossEntropy.gradient(byClass, classes);
        return of(loss, Matrices.transposed(byClass), scores, images, texts, logitScale);
    }

    private static double[][] scores(double[][] images, double[][] texts, double logitScale) {
        return Matrices.scaled(Matrices.times(images, Matrices.transposed(texts)), Math.exp(logitScale));
    }

    private static ContrastiveLoss of(
            double loss, double[][] slopes, double[][] scores, double[][] images, double[][] texts, double logitScale) {
        double along = 0;
        for (int i = 0; i < slopes.length; i++) {
            along += Matrices.dot(slopes[i], scores[i]);
        }
        double factor = Math.exp(logitScale);
        return new ContrastiveLoss(
                loss,
                Matrices.toFloats(Matrices.scaled(Matrices.times(slopes, texts), factor)),
                Matrices.toFloats(Matrices.scaled(Matrices.times(Matrices.transposed(slopes), images), factor)),
                along);
    }
}
