package dev.fovea.minimodels.blip;

import dev.fovea.minimodels.EmbeddedModel;

/**
 * Offers the small BLIP that was trained on drawings as {@code blip-mini}: a captioner, an answerer and a matcher, each
 * in a sub-folder of this name.
 */
public final class BlipMini extends EmbeddedModel {

    /** Called by {@link java.util.ServiceLoader}. */
    public BlipMini() {
        super("blip-mini", "NOTICE.md");
    }
}
