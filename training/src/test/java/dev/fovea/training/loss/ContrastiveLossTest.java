package dev.fovea.training.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Losses of three pictures and texts by torch in f64, and differences of the losses themselves. */
class ContrastiveLossTest {

    private static final double[][] IMAGES = unit(new double[][] {{1, 2, 0}, {0, 1, -1}, {2, 0, 1}});
    private static final double[][] TEXTS = unit(new double[][] {{1, 1, 0}, {0, 1, -2}, {1, 0, 1}});
    private static final double STEP = 1e-6;

    private static double[][] unit(double[][] rows) {
        for (double[] row : rows) {
            double length = Math.sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]);
            for (int i = 0; i < row.length; i++) {
                row[i] /= length;
            }
        }
        return rows;
    }

    @Test
    void pairs() {
        ContrastiveLoss loss = ContrastiveLoss.ofPairs(IMAGES, TEXTS, Math.log(10));
        assertEquals(0.019448619456, loss.loss(), 1e-11);
        assertEquals(-0.070198368938, loss.logitScale(), 1e-11);
    }

    private interface Loss {
        ContrastiveLoss at(double[][] images, double[][] texts);
    }

    private static void compare(Loss loss) {
        ContrastiveLoss found = loss.at(IMAGES, TEXTS);
        for (double[][] moved : new double[][][] {IMAGES, TEXTS}) {
            float[] gradient = moved == IMAGES ? found.images() : found.texts();
            for (int i = 0; i < 9; i++) {
                double value = moved[i / 3][i % 3];
                moved[i / 3][i % 3] = value + STEP;
                double after = loss.at(IMAGES, TEXTS).loss();
                moved[i / 3][i % 3] = value - STEP;
                double before = loss.at(IMAGES, TEXTS).loss();
                moved[i / 3][i % 3] = value;
                assertEquals((after - before) / (2 * STEP), gradient[i], 1e-6);
            }
        }
    }

    @Test
    void gradientsOfPairs() {
        compare((images, texts) -> ContrastiveLoss.ofPairs(images, texts, 0.7));
    }

    @Test
    void sigmoid() {
        int[] own = {0, 1, 2};
        ContrastiveLoss loss = ContrastiveLoss.ofSigmoid(IMAGES, TEXTS, own, own, Math.log(10), -5);
        assertEquals(0.916075203563, loss.loss(), 1e-11);
        int[] texts = {0, 1, 1};
        compare((images, words) -> ContrastiveLoss.ofSigmoid(images, words, own, texts, 0.7, -1));
        ContrastiveLoss found = ContrastiveLoss.ofSigmoid(IMAGES, TEXTS, own, texts, 0.7, -1);
        double scaled = ContrastiveLoss.ofSigmoid(IMAGES, TEXTS, own, texts, 0.7 + STEP, -1)
                .loss();
        double moved = ContrastiveLoss.ofSigmoid(IMAGES, TEXTS, own, texts, 0.7, -1 + STEP)
                .loss();
        assertEquals((scaled - found.loss()) / STEP, found.logitScale(), 1e-5);
        assertEquals((moved - found.loss()) / STEP, found.logitBias(), 1e-5);
    }

    /** Rows 0 and 2 show one picture, rows 1 and 2 have one text: by hand from the shares 1/2 and 1/3. */
    @Test
    void severalTextsOfAPictureShareTheTarget() {
        int[] pictures = {0, 1, 0};
        int[] texts = {0, 1, 1};
        double[][] shares = {{0.5, 0, 0.5}, {0, 0.5, 0.5}, {1 / 3.0, 1 / 3.0, 1 / 3.0}};
        double expected = 0;
        for (int i = 0; i < 3; i++) {
            double[] row = new double[3];
            double[] column = new double[3];
            for (int j = 0; j < 3; j++) {
                for (int c = 0; c < 3; c++) {
                    row[j] += 2 * IMAGES[i][c] * TEXTS[j][c];
                    column[j] += 2 * IMAGES[j][c] * TEXTS[i][c];
                }
            }
            expected += (softLoss(row, shares[i]) + softLoss(column, shares[i])) / 6;
        }
        assertEquals(
                expected,
                ContrastiveLoss.ofPairs(IMAGES, TEXTS, pictures, texts, Math.log(2))
                        .loss(),
                1e-12);
        compare((i, t) -> ContrastiveLoss.ofPairs(i, t, pictures, texts, 0.7));
    }

    private static double softLoss(double[] logits, double[] shares) {
        double sum = 0;
        double along = 0;
        for (int j = 0; j < logits.length; j++) {
            sum += Math.exp(logits[j]);
            along += shares[j] * logits[j];
        }
        return Math.log(sum) - along;
    }

    @Test
    void gradientsOfClasses() {
        compare((images, texts) -> ContrastiveLoss.ofClasses(images, texts, new int[] {2, 0, 2}, 0.7));
    }
}
