/** Measures vision-language models by the field's own protocols. */
module dev.fovea.evaluation {
    requires transitive dev.fovea.models;
    requires org.apache.commons.compress;

    exports dev.fovea.evaluation;
    exports dev.fovea.evaluation.data;
    exports dev.fovea.evaluation.metrics;
}
