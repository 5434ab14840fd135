/** Converts checkpoints in other formats and layouts into folders that Fovea and other tools load. */
module dev.fovea.converter {
    requires transitive dev.fovea.models;

    exports dev.fovea.converter;
}
