/** Carries the small model {@code blip-mini}. */
module dev.fovea.minimodels.blip {
    requires dev.fovea.minimodels;

    provides dev.fovea.models.ModelRepository with
            dev.fovea.minimodels.blip.BlipMini;
}
