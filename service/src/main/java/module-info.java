/**
 * Serves models over HTTP (OpenAI's embeddings and chat completions, and plain routes) and as tools of the Model
 * Context Protocol.
 */
module dev.fovea.service {
    requires transitive dev.fovea.models;
    requires dev.fovea.search;
    requires com.fasterxml.jackson.databind;
    requires jdk.httpserver;

    exports dev.fovea.service;
    exports dev.fovea.service.error to
            dev.fovea.studio;
    exports dev.fovea.service.http to
            dev.fovea.studio;
    exports dev.fovea.service.json to
            dev.fovea.studio;

    // Jackson makes and reads the records of requests and answers.
    opens dev.fovea.service.error to
            com.fasterxml.jackson.databind;
    opens dev.fovea.service.json to
            com.fasterxml.jackson.databind;
    opens dev.fovea.service.mcp to
            com.fasterxml.jackson.databind;
    opens dev.fovea.service.routes to
            com.fasterxml.jackson.databind;
}
