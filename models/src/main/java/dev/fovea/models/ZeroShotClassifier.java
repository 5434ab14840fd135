package dev.fovea.models;

import java.util.List;

/**
 * Finds which of some texts fits a picture best, without having been trained on them (Radford et al. 2021, section
 * 3.1). The texts are embedded once, when the classifier is made, so that each picture costs only its own embedding.
 * {@link dev.fovea.models.clip.Clip#classifier(List, List) Clip.classifier} makes one.
 */
public interface ZeroShotClassifier extends Classifier {

    /**
     * Scores all labels for a picture whose embedding is known, the best first.
     *
     * @param pictureEmbedding of the model that made this classifier, a vector of unit length
     * @throws IllegalArgumentException if it has another length than the model's embeddings, or holds NaN or an
     *     infinity
     */
    List<LabelScore> score(float[] pictureEmbedding);
}
