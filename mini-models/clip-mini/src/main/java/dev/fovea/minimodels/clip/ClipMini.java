package dev.fovea.minimodels.clip;

import dev.fovea.minimodels.EmbeddedModel;

/** Offers the small CLIP that was trained on drawings as {@code clip-mini}. */
public final class ClipMini extends EmbeddedModel {

    /** Called by {@link java.util.ServiceLoader}. */
    public ClipMini() {
        super("clip-mini", "config.json");
    }
}
