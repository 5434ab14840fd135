package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import java.util.Objects;

/**
 * Describes how much a model's answers changed when its weights were stored in fewer bits, by comparing its answers to
 * a few built-in pictures before and after. The worst picture counts.
 *
 * @param what was compared: image embeddings, image tokens or logits
 * @param pictures how many
 * @param cosine least cosine between before and after
 * @param relativeError largest length of the difference over the length of what was there before
 * @param largestError largest difference of an element over the largest magnitude before
 */
public record OutputChange(String what, int pictures, double cosine, double relativeError, double largestError) {

    /** Checks that it says what was compared. */
    public OutputChange {
        Objects.requireNonNull(what, "what is null");
    }

    static OutputChange between(ModelOutputs before, ModelOutputs after) {
        double cosine = 1;
        double relative = 0;
        double largest = 0;
        for (int picture = 0; picture < before.values().size(); picture++) {
            float[] a = before.values().get(picture);
            float[] b = after.values().get(picture);
            PrecisionLoss.Sum sum = new PrecisionLoss.Sum();
            double product = 0;
            double squaresBefore = 0;
            double squaresAfter = 0;
            for (int i = 0; i < a.length; i++) {
                sum.add(a[i], b[i]);
                product += (double) a[i] * b[i];
                squaresBefore += (double) a[i] * a[i];
                squaresAfter += (double) b[i] * b[i];
            }
            cosine = Math.min(cosine, product / Math.sqrt(squaresBefore * squaresAfter));
            relative = Math.max(relative, sum.relativeError());
            largest = Math.max(largest, sum.largestError());
        }
        if (!Double.isFinite(cosine + relative + largest)) {
            throw new ModelException(
                    "the model's " + before.what() + " are no finite numbers; is the checkpoint broken?");
        }
        return new OutputChange(before.what(), before.values().size(), cosine, relative, largest);
    }
}
