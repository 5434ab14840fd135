package dev.fovea.service.served;

import dev.fovea.models.Models;
import dev.fovea.models.kind.ModelKind;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** What a model may be asked for. */
public enum Ability {
    EMBED("embeddings", "a CLIP"),
    CLASSIFY("classification", "a CLIP or a classifier"),
    CAPTION("captions", "a BLIP for captions or a Florence-2"),
    ANSWER("questions", "a BLIP for questions"),
    MATCH("matching", "a BLIP for matching"),
    LOCATE("detection, grounding, segmentation and OCR", "a Florence-2");

    private final String label;
    private final String models;

    Ability(String label, String models) {
        this.label = label;
        this.models = models;
    }

    /**
     * Returns what the model of a checkpoint may be asked for.
     *
     * @param folder of the checkpoint, or of several as {@code blip-mini} is
     */
    static Set<Ability> of(Path folder) {
        ModelKind kind = ModelKind.of(folder);
        Set<Ability> abilities = EnumSet.noneOf(Ability.class);
        if (kind.isClip()) {
            abilities.add(EMBED);
        }
        if (kind.isClipOfTexts() && kind.isClipOfPictures() || kind.isClassifier()) {
            abilities.add(CLASSIFY);
        }
        if (kind.isFlorence()) {
            abilities.addAll(Set.of(CAPTION, LOCATE));
        }
        if (ModelKind.of(Models.part(folder, "captioner")).isCaptioner()) {
            abilities.add(CAPTION);
        }
        if (ModelKind.of(Models.part(folder, "answerer")).isAnswerer()) {
            abilities.add(ANSWER);
        }
        if (ModelKind.of(Models.part(folder, "matcher")).isMatcher()) {
            abilities.addAll(Set.of(MATCH, EMBED));
        }
        return abilities;
    }

    /** Returns the ability in words. */
    public String label() {
        return label;
    }

    /** Returns which models have it. */
    String models() {
        return models;
    }
}
