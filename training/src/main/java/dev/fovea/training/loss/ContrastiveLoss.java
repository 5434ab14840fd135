package dev.fovea.training.loss;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;
import java.util.Arrays;

/**
 * Scores of unit vectors of images I and texts T, {@code S = τ I Tᵀ} with {@code τ = e^logitScale}, and what a loss of
 * them says back: {@code dI = τ dS T}, {@code dT = τ dSᵀ I}, {@code dlogitScale = sum of dS S}. SigLIP adds a bias to
 * all scores, {@code dlogitBias = sum of dS}.
 *
 * @param loss the value
 * @param images dI, row after row
 * @param texts dT, row after row
 * @param logitScale the gradient with respect to the logarithm of the factor
 * @param logitBias the gradient with respect to the bias; where there is none, what it would be
 */
public record ContrastiveLoss(double loss, float[] images, float[] texts, double logitScale, double logitBias) {

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
        double[][] belong = belong(imageNumbers, textNumbers);
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

    /**
     * SigLIP's loss (Zhai et al. 2023, algorithm 1): each image with each text is a question of its own, whether they
     * belong together, {@code S = τ I Tᵀ + bias}; the sum of {@code softplus(-S)} where they do and {@code softplus(S)}
     * where not, divided by the number of images.
     *
     * @param images {@code [n][dimension]}, unit vectors; so the texts, which belong to the images one by one
     * @param imageNumbers equal for rows that show the same picture
     * @param textNumbers equal for rows of the same text
     */
    public static ContrastiveLoss ofSigmoid(
            double[][] images,
            double[][] texts,
            int[] imageNumbers,
            int[] textNumbers,
            double logitScale,
            double logitBias) {
        double[][] belong = belong(imageNumbers, textNumbers);
        double[][] scores = scores(images, texts, logitScale);
        double[][] slopes = new double[scores.length][scores.length];
        double loss = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                double sign = belong[i][j] == 1 ? -1 : 1;
                double wrong = sign * (scores[i][j] + logitBias);
                double small = Math.exp(-Math.abs(wrong));
                loss += (Math.max(wrong, 0) + Math.log1p(small)) / scores.length;
                slopes[i][j] = sign * (wrong > 0 ? 1 : small) / (1 + small) / scores.length;
            }
        }
        return of(loss, slopes, scores, images, texts, logitScale);
    }

    /** Returns 1 where an image and a text belong together, else 0; a row for each image. */
    private static double[][] belong(int[] imageNumbers, int[] textNumbers) {
        double[][] belong = new double[imageNumbers.length][imageNumbers.length];
        for (int i = 0; i < belong.length; i++) {
            for (int j = 0; j < belong.length; j++) {
                boolean same = imageNumbers[i] == imageNumbers[j] || textNumbers[i] == textNumbers[j];
                belong[i][j] = same ? 1 : 0;
            }
        }
        return belong;
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
        double sum = 0;
        for (int i = 0; i < slopes.length; i++) {
            along += Matrices.dot(slopes[i], scores[i]);
            sum += Arrays.stream(slopes[i]).sum();
        }
        double factor = Math.exp(logitScale);
        return new ContrastiveLoss(
                loss,
                Matrices.toFloats(Matrices.scaled(Matrices.times(slopes, texts), factor)),
                Matrices.toFloats(Matrices.scaled(Matrices.times(Matrices.transposed(slopes), images), factor)),
                along,
                sum);
    }
}
