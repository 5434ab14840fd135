/** Downloads models from Hugging Face-compatible hubs into the cache that Python's huggingface_hub uses too. */
module dev.fovea.hub {
    requires transitive dev.fovea.models;
    requires java.net.http;

    exports dev.fovea.hub;

    provides dev.fovea.models.ModelRepository with
            dev.fovea.hub.HubRepository;
}
