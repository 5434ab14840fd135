package dev.fovea.training.loss;

import java.util.List;

/**
 * The cross-entropy of written tokens: at every place of a text but the last, the model's scores of the vocabulary are
 * compared with the token that follows. A text is given once, and its targets are the same tokens one place later.
 *
 * @param loss the mean over all places that are compared
 * @param gradient with respect to the logits, {@code [tokens, vocabulary]}
 */
public record TokenLoss(double loss, float[] gradient) {

    /**
     * Compares.
     *
     * @param logits {@code [tokens, vocabulary]}, text after text
     * @param texts token ids of each, the first token included
     * @param given how many tokens of each text are a prompt, at least 1; a token of the prompt is no target
     * @param smoothing share of each target that is spread over all tokens (torch's {@code label_smoothing})
     */
    public static TokenLoss of(float[] logits, List<int[]> texts, int[] given, double smoothing) {
        int compared = 0;
        for (int i = 0; i < given.length; i++) {
            compared += Math.max(0, texts.get(i).length - given[i]);
        }
        return of(logits, texts, given, smoothing, compared);
    }

    /**
     * Compares some texts of a batch: losses and gradients of all parts add up to those of the batch.
     *
     * @param compared number of places that are compared in the whole batch
     */
    public static TokenLoss of(float[] logits, List<int[]> texts, int[] given, double smoothing, int compared) {
        int tokens = texts.stream().mapToInt(text -> text.length).sum();
        int width = logits.length / tokens;
        float[] gradient = new float[logits.length];
        double loss = 0;
        int row = 0;
        for (int i = 0; i < given.length; i++) {
            int[] text = texts.get(i);
            for (int at = given[i] - 1; at + 1 < text.length; at++) {
                loss += row(logits, (row + at) * width, width, text[at + 1], smoothing, compared, gradient);
            }
            row += text.length;
        }
        return new TokenLoss(loss, gradient);
    }

    /** Adds one place: its share of the loss is returned, its gradient written. */
    private static double row(
            float[] logits, int start, int width, int target, double smoothing, int compared, float[] gradient) {
        double largest = Double.NEGATIVE_INFINITY;
        double mean = 0;
        for (int i = start; i < start + width; i++) {
            largest = Math.max(largest, logits[i]);
            mean += logits[i] / (double) width;
        }
        double total = 0;
        for (int i = start; i < start + width; i++) {
            total += Math.exp(logits[i] - largest);
        }
        double logSum = largest + Math.log(total);
        for (int i = start; i < start + width; i++) {
            double wanted = smoothing / width + (i == start + target ? 1 - smoothing : 0);
            gradient[i] = (float) ((Math.exp(logits[i] - logSum) - wanted) / compared);
        }
        return ((1 - smoothing) * (logSum - logits[start + target]) + smoothing * (logSum - mean)) / compared;
    }
}
