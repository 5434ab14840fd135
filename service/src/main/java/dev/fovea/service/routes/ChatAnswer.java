package dev.fovea.service.routes;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.fovea.service.json.About;
import java.util.List;

/** What a model says about a picture, in the form of OpenAI's chat. */
record ChatAnswer(
        @About(value = "the name of the answer", required = true)
        String id,

        @About(value = "chat.completion", required = true) String object,

        @About(value = "when it was made, in seconds since 1970", required = true)
        long created,

        @About(value = "the name of the model", required = true)
        String model,

        @About(value = "one answer", required = true) List<ChatChoice> choices,

        @About(value = "the tokens that were read and written", required = true)
        ChatUsage usage) {

    record ChatChoice(
            @About(value = "0", required = true) int index,
            @About(value = "the answer", required = true) AnswerMessage message,

            @About(value = "stop, or length where it reached the limit", required = true) @JsonProperty("finish_reason")
            String finishReason) {}

    record AnswerMessage(
            @About(value = "assistant", required = true) String role,

            @About(
                    value = "the text; of what has places in the picture JSON, as /detect and its kin answer",
                    required = true)
            String content) {}

    record ChatUsage(
            @About(value = "tokens of the text; the picture counts none", required = true)
            @JsonProperty("prompt_tokens")
            int promptTokens,

            @About(value = "tokens of the answer, the end token included", required = true)
            @JsonProperty("completion_tokens")
            int completionTokens,

            @About(value = "the sum", required = true) @JsonProperty("total_tokens")
            int totalTokens) {}

    /** A piece of an answer in a stream. */
    record ChatChunk(
            String id, String object, long created, String model, List<ChunkChoice> choices, ChatUsage usage) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    record ChunkChoice(
            int index,
            Delta delta,
            @JsonProperty("finish_reason") String finishReason) {}

    record Delta(String role, String content) {}
}
