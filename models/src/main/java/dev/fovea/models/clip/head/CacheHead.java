package dev.fovea.models.clip.head;

import java.util.List;

/**
 * Tip-Adapter (Zhang et al. 2022): the zero-shot logits of the unit-length embedding f, and for each class the
 * similarity to the pictures of it that are kept, logits_k = s f·t_k + α Σ_{i of class k} exp(-β (1 - f·key_i)).
 *
 * @param keys embeddings of the kept pictures, {@code [pictures, dimension]} in row-major order
 * @param keyClasses index of the class of each
 * @param text unit vectors of the classes, {@code [classes, dimension]} in row-major order
 * @param alpha α, weight of the kept pictures
 * @param beta β, how fast it falls with the distance
 * @param logitFactor s, what cosines are multiplied with
 */
public record CacheHead(
        String method,
        List<String> labels,
        float[] keys,
        int[] keyClasses,
        float[] text,
        double alpha,
        double beta,
        double logitFactor)
        implements ClassifierHead {

    @Override
    public int dimension() {
        return text.length / labels.size();
    }

    @Override
    public double[] logits(float[] embedding) {
        double[] logits = new double[labels.size()];
        for (int i = 0; i < keyClasses.length; i++) {
            double cosine = LinearHead.dot(keys, i * embedding.length, embedding);
            logits[keyClasses[i]] += alpha * Math.exp(-beta * (1 - cosine));
        }
        for (int k = 0; k < logits.length; k++) {
            logits[k] += logitFactor * LinearHead.dot(text, k * embedding.length, embedding);
        }
        return logits;
    }
}
