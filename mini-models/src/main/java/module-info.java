/** Finds small trained checkpoints in the jars that carry them. */
module dev.fovea.minimodels {
    requires transitive dev.fovea.models;

    exports dev.fovea.minimodels to
            dev.fovea.minimodels.blip,
            dev.fovea.minimodels.clip,
            dev.fovea.minimodels.florence;
}
