package dev.fovea.service.routes;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.fovea.service.json.About;
import java.util.List;

/** Embeddings in the order of the input. */
record EmbeddingsAnswer(
        @About(value = "list", required = true) String object,

        @About(value = "an embedding of each input", required = true)
        List<EmbeddingItem> data,

        @About(value = "the name of the model", required = true)
        String model,

        @About(value = "the tokens that the model read", required = true)
        EmbeddingsUsage usage) {

    record EmbeddingItem(
            @About(value = "embedding", required = true) String object,

            @About(value = "the place in the input", required = true)
            int index,

            @About(
                    value = "a vector of unit length, as numbers or in base64",
                    required = true,
                    schema = "{\"anyOf\": [{\"type\": \"array\", \"items\": {\"type\": \"number\"}},"
                            + " {\"type\": \"string\"}]}")
            Object embedding) {}

    record EmbeddingsUsage(
            @About(value = "tokens of the texts, start and end included; pictures count none", required = true)
            @JsonProperty("prompt_tokens")
            int promptTokens,

            @About(value = "the same number", required = true) @JsonProperty("total_tokens")
            int totalTokens) {}
}
