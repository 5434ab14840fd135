package dev.fovea.minimodels.florence;

import dev.fovea.minimodels.EmbeddedModel;

/** Offers the small Florence-2 that was trained on drawings as {@code florence-mini}. */
public final class FlorenceMini extends EmbeddedModel {

    /** Called by {@link java.util.ServiceLoader}. */
    public FlorenceMini() {
        super("florence-mini", "config.json");
    }
}
