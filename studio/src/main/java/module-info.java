/** Shows what happens inside a model, on a page in the browser; the computations can be used without it. */
module dev.fovea.studio {
    requires transitive dev.fovea.models;
    requires dev.fovea.search;
    requires dev.fovea.service;
    requires com.fasterxml.jackson.databind;
    requires java.desktop;
    requires jdk.httpserver;

    exports dev.fovea.studio;
    exports dev.fovea.studio.inside;

    // Jackson makes and reads the records of requests and answers.
    opens dev.fovea.studio.checkpoints to
            com.fasterxml.jackson.databind;
    opens dev.fovea.studio.figures to
            com.fasterxml.jackson.databind,
            dev.fovea.service;
    opens dev.fovea.studio.inside to
            com.fasterxml.jackson.databind;
    opens dev.fovea.studio.photos to
            com.fasterxml.jackson.databind;
    opens dev.fovea.studio.pictures to
            com.fasterxml.jackson.databind;
    opens dev.fovea.studio.routes to
            com.fasterxml.jackson.databind,
            dev.fovea.service;
    opens dev.fovea.studio.runs to
            com.fasterxml.jackson.databind,
            dev.fovea.service;
}
