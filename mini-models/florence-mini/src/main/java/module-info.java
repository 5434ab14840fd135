/** Carries the small model {@code florence-mini}. */
module dev.fovea.minimodels.florence {
    requires dev.fovea.minimodels;

    provides dev.fovea.models.ModelRepository with
            dev.fovea.minimodels.florence.FlorenceMini;
}
