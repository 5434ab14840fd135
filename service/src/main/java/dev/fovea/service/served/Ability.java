package dev.fovea.service.served;

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

    /** Returns the ability in words. */
    public String label() {
        return label;
    }

    /** Returns which models have it. */
    String models() {
        return models;
    }
}
