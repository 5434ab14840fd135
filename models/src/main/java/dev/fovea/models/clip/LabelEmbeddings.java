package dev.fovea.models.clip;

import dev.fovea.models.LabelScore;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** A classifier of labels whose embeddings are known. */
record LabelEmbeddings(Clip clip, List<String> labels, List<float[]> embeddings) implements ZeroShotClassifier {

    @Override
    public List<LabelScore> score(float[] pictureEmbedding) {
        return clip.score(pictureEmbedding, labels, embeddings);
    }

    @Override
    public List<List<LabelScore>> classifyAll(List<? extends PictureInput> pictures) {
        return clip.embedAll(pictures).stream().map(this::score).toList();
    }

    @Override
    public String toString() {
        return "ZeroShotClassifier" + labels;
    }
}
