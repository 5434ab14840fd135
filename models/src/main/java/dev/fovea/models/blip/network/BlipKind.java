package dev.fovea.models.blip.network;

import dev.fovea.tensor.safetensors.Weights;

/** Lists the four kinds of BLIP checkpoints, told apart by the tensors that only they have. */
public enum BlipKind {
    CAPTIONER("BlipCaptioner"),
    ANSWERER("BlipAnswerer"),
    MATCHER("BlipMatcher"),
    ENCODER("BlipEncoder");

    private final String use;

    BlipKind(String use) {
        this.use = use;
    }

    /** Returns the class that loads checkpoints of this kind. */
    public String use() {
        return use;
    }

    /** Returns the kind of a checkpoint by its tensors, or null if it is none of these. */
    public static BlipKind of(Weights weights) {
        if (weights.has("visual_projection.weight")) {
            return ENCODER;
        }
        if (weights.has("itm_head.weight")) {
            return MATCHER;
        }
        boolean writes = weights.names().stream().anyMatch(name -> name.startsWith("text_decoder."));
        boolean reads = weights.names().stream().anyMatch(name -> name.startsWith("text_encoder."));
        return !writes ? null : reads ? ANSWERER : CAPTIONER;
    }

    /** Returns the kind that a checkpoint's architecture names; a captioner where nothing is known. */
    public static BlipKind named(String architecture) {
        return switch (architecture) {
            case "BlipForQuestionAnswering" -> ANSWERER;
            case "BlipForImageTextRetrieval" -> MATCHER;
            case "BlipModel" -> ENCODER;
            default -> CAPTIONER;
        };
    }
}
