package dev.fovea.service.routes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.service.json.About;

/** Asks for embeddings, as OpenAI has it, with pictures as Jina or infinity have them. Other fields do not count. */
@JsonIgnoreProperties(ignoreUnknown = true)
record EmbeddingsRequest(
        @About(value = "the name of the model; one of GET /v1/models", required = true, example = "\"clip-mini\"")
        String model,

        @About(
                value = "a text, or texts and pictures: \"a cat\", {\"text\": \"a cat\"}, {\"image\":"
                        + " \"data:image/png;base64,...\"}",
                required = true,
                schema = EmbeddingsRequest.INPUT,
                example = "[\"a cat\", {\"text\": \"a dog\"}]")
        JsonNode input,

        @About(
                value = "what plain texts of the input are: text, or image for pictures as data URLs",
                schema = "{\"type\": \"string\", \"enum\": [\"text\", \"image\"]}")
        String modality,

        @About(
                value = "float for numbers, base64 for 32-bit floats with the lowest byte first",
                schema = "{\"type\": \"string\", \"enum\": [\"float\", \"base64\"]}")
        @JsonProperty("encoding_format")
        String encodingFormat,

        @About(value = "the length of the vectors; if given, it must be that of the model", min = 1)
        Integer dimensions) {

    static final String INPUT = """
            {"anyOf": [
              {"type": "string", "minLength": 1},
              {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "object", "additionalProperties": false, "required": ["text"],
                 "properties": {"text": {"type": "string", "minLength": 1}}},
                {"type": "object", "additionalProperties": false, "required": ["image"],
                 "properties": {"image": {"type": "string", "minLength": 1}}}]}}]}
            """;
}
