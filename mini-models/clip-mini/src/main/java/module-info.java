/** Carries the small model {@code clip-mini}. */
module dev.fovea.minimodels.clip {
    requires dev.fovea.minimodels;

    provides dev.fovea.models.ModelRepository with
            dev.fovea.minimodels.clip.ClipMini;
}
