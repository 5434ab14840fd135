package dev.fovea.service.routes;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.fovea.service.json.About;
import java.util.List;

/** The models of a service. */
record ModelList(
        @About(value = "list", required = true) String object,
        @About(value = "all models", required = true) List<ModelItem> data) {

    record ModelItem(
            @About(value = "the name in requests", required = true)
            String id,

            @About(value = "model", required = true) String object,

            @About(value = "when the service was started, in seconds since 1970", required = true)
            long created,

            @About(value = "fovea", required = true) @JsonProperty("owned_by")
            String ownedBy,

            @About(value = "what it may be asked for", required = true)
            List<String> abilities) {}
}
