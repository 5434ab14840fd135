package dev.fovea.models.clip;

import dev.fovea.models.Classifier;
import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** A classifier with the classes that a head was tuned on. */
record TunedClassifier(Clip clip, ClassifierHead head) implements Classifier {

    @Override
    public List<String> labels() {
        return head.labels();
    }

    @Override
    public List<List<LabelScore>> classifyAll(List<? extends PictureInput> pictures) {
        return clip.embedAll(pictures).stream().map(head::score).toList();
    }

    @Override
    public String toString() {
        return "Classifier" + labels() + " tuned by " + head.method();
    }
}
