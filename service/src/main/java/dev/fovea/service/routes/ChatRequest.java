package dev.fovea.service.routes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.service.json.About;
import java.util.List;

/** Asks about a picture in the form of OpenAI's chat. Other fields do not count. */
@JsonIgnoreProperties(ignoreUnknown = true)
record ChatRequest(
        @About(value = "the name of the model; one of GET /v1/models", required = true, example = "\"florence-mini\"")
        String model,

        @About(
                value = "the conversation; the last picture and the text of the last user's message count",
                required = true,
                min = 1,
                max = 1000)
        List<ChatMessage> messages,

        @About("whether the answer comes in pieces, as server-sent events")
        Boolean stream,

        @JsonProperty("stream_options") @About("what the stream holds besides")
        StreamOptions streamOptions,

        @JsonProperty("max_tokens") @About(value = "most tokens of the answer", min = 1)
        Integer maxTokens,

        @JsonProperty("max_completion_tokens") @About(value = "the newer name of max_tokens", min = 1)
        Integer maxCompletionTokens,

        @About(value = "draws tokens by chance if larger than 0; absent, the model's own settings", min = 0, max = 2)
        Double temperature,

        @JsonProperty("top_p")
        @About(value = "draws from the likeliest tokens of this probability together", min = 0, max = 1)
        Double topP,

        @About("the same seed draws the same tokens") Long seed,

        @About(value = "number of answers; 1", min = 1, max = 1)
        Integer n,

        @JsonProperty("response_format")
        @About(
                value = "text; others are refused",
                schema = "{\"type\": \"object\", \"properties\": {\"type\": {\"const\": \"text\"}},"
                        + " \"required\": [\"type\"]}")
        JsonNode responseFormat,

        @About(value = "none; tools are refused", schema = "{\"type\": \"array\", \"maxItems\": 0}")
        JsonNode tools) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record ChatMessage(
            @About(value = "user, or another role, whose texts do not count", required = true)
            String role,

            @About(
                    value = "a text, or an array of {\"type\": \"text\", \"text\": ...} and {\"type\":"
                            + " \"image_url\", \"image_url\": {\"url\": \"data:image/jpeg;base64,...\"}}",
                    schema = ChatRequest.CONTENT)
            JsonNode content) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record StreamOptions(
            @JsonProperty("include_usage") @About("whether a last event counts the tokens")
            Boolean includeUsage) {}

    static final String CONTENT = """
            {"anyOf": [
              {"type": "string"},
              {"type": "array", "items": {"anyOf": [
                {"type": "object", "required": ["type", "text"],
                 "properties": {"type": {"const": "text"}, "text": {"type": "string"}}},
                {"type": "object", "required": ["type", "image_url"],
                 "properties": {"type": {"const": "image_url"}, "image_url": {"type": "object", "required": ["url"],
                   "properties": {"url": {"type": "string"}}}}}]}}]}
            """;
}
