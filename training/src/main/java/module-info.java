/** Tunes models on people's own pictures. */
module dev.fovea.training {
    requires transitive dev.fovea.models;

    exports dev.fovea.training;
}
