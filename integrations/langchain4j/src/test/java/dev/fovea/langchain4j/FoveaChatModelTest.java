package dev.fovea.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The model in LangChain4j's own tests, as far as they ask about pictures, and what those do not ask. */
class FoveaChatModelTest {

    private static final Path PICTURES = Path.of("../../examples/pictures");
    private static final FoveaChatModel BLIP = FoveaChatModel.builder().build();
    private static final FoveaChatModel FLORENCE =
            FoveaChatModel.builder().model("florence-mini").build();

    @AfterAll
    static void close() {
        BLIP.close();
        FLORENCE.close();
    }

    private static ImageContent image(String name) {
        return ImageContent.from(PICTURES.resolve(name), name.endsWith(".png") ? "image/png" : "image/jpeg");
    }

    private static ChatResponse ask(ChatModel model, String text, String picture) {
        return model.chat(UserMessage.from(TextContent.from(text), image(picture)));
    }

    /**
     * LangChain4j's tests of what is refused: tools, JSON, stop sequences, pictures by address, other models. Those
     * that ask a language model's questions, about capitals and stories, are overridden and so left out.
     */
    @Nested
    class WhatIsRefused extends AbstractChatModelIT {

        @Override
        protected List<ChatModel> models() {
            return List.of(BLIP, FLORENCE);
        }

        @Override
        protected ChatModel createModelWith(ChatRequestParameters parameters) {
            return FoveaChatModel.builder().defaultRequestParameters(parameters).build();
        }

        @Override
        protected boolean supportsTools() {
            return false;
        }

        @Override
        protected boolean supportsToolChoiceRequired() {
            return false;
        }

        @Override
        protected boolean supportsJsonResponseFormat() {
            return false;
        }

        @Override
        protected boolean supportsJsonResponseFormatWithSchema() {
            return false;
        }

        @Override
        protected boolean supportsJsonResponseFormatWithRawSchema() {
            return false;
        }

        @Override
        protected boolean supportsStopSequencesParameter() {
            return false;
        }

        @Override
        protected boolean supportsModelNameParameter() {
            return false;
        }

        @Override
        protected boolean supportsSingleImageInputAsPublicURL() {
            return false;
        }

        @Override
        protected boolean supportsMultipleImageInputsAsBase64EncodedStrings() {
            return false;
        }

        @Override
        protected boolean supportsMultipleImageInputsAsPublicURLs() {
            return false;
        }

        @Override
        protected String catImageUrl() {
            return "https://localhost/cat.png"; // never asked
        }

        @Override
        protected void should_respect_user_message(ChatModel model) {}

        @Override
        protected void should_respect_system_message(ChatModel model) {}

        @Override
        protected void should_respect_multiple_messages(ChatModel model) {}

        @Override
        protected void should_respect_maxOutputTokens_in_chat_request(ChatModel model) {}

        @Override
        protected void should_respect_maxOutputTokens_in_default_model_parameters() {}

        @Override
        protected void should_respect_common_parameters_wrapped_in_integration_specific_class_in_chat_request(
                ChatModel model) {}

        @Override
        protected void
                should_respect_common_parameters_wrapped_in_integration_specific_class_in_default_model_parameters() {}

        @Override
        protected void should_accept_single_image_as_base64_encoded_string(ChatModel model) {}
    }

    @Test
    void captionsAnswersTextAndObjectsAreWritten() {
        assertTrue(
                ask(BLIP, "What do you see?", "octopus.png").aiMessage().text().contains("octopus"));
        ChatResponse answer = ask(BLIP, "what is it?", "octopus.png");
        assertEquals("octopus", answer.aiMessage().text());
        assertEquals("blip-mini", answer.metadata().modelName());
        assertEquals(FinishReason.STOP, answer.metadata().finishReason());
        assertEquals(6, answer.metadata().tokenUsage().inputTokenCount());
        assertEquals(2, answer.metadata().tokenUsage().outputTokenCount());
        assertEquals(
                "PALETTE",
                ask(FLORENCE, "read the text", "mushrooms-and-word.png")
                        .aiMessage()
                        .text());
        assertTrue(
                ask(FLORENCE, "describe it", "octopus.png").aiMessage().text().contains("octopus"));
        List<String> objects = ask(FLORENCE, "detect the objects", "trumpet-boot-and-key.png")
                .aiMessage()
                .text()
                .lines()
                .toList();
        assertEquals(List.of("trumpet 63 9 222 166", "boot 82 198 251 367", "key 239 96 381 200"), objects);
        assertTrue(ask(FLORENCE, "<OCR_WITH_REGION>", "mushrooms-and-word.png")
                .aiMessage()
                .text()
                .startsWith("PALETTE 87 36 378 49"));
    }

    @Test
    void theLastPictureAndTheLastQuestionCount() {
        ChatResponse answer = BLIP.chat(
                SystemMessage.from("You are a poet."),
                UserMessage.from(TextContent.from("what is it?"), image("elephant.png")),
                UserMessage.from(image("octopus.png")),
                UserMessage.from("what is it?"));
        assertEquals("octopus", answer.aiMessage().text());
    }

    @Test
    void parametersCount() {
        ChatRequestParameters two =
                ChatRequestParameters.builder().maxOutputTokens(2).build();
        ChatResponse cut = BLIP.chat(ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from("describe it"), image("octopus.png")))
                .parameters(two)
                .build());
        assertEquals(FinishReason.LENGTH, cut.metadata().finishReason());
        assertEquals(2, cut.metadata().tokenUsage().outputTokenCount());
        try (FoveaChatModel model =
                FoveaChatModel.builder().defaultRequestParameters(two).build()) {
            assertEquals(
                    FinishReason.LENGTH,
                    ask(model, "describe it", "octopus.png").metadata().finishReason());
        }
    }

    @Test
    void whatIsWrongIsALine() {
        assertThrows(InvalidRequestException.class, () -> BLIP.chat("what is it?"));
        InvalidRequestException question =
                assertThrows(InvalidRequestException.class, () -> ask(FLORENCE, "how many are there?", "octopus.png"));
        assertTrue(question.getMessage().contains("is no task of the model florence-mini"), question.getMessage());
        assertThrows(InvalidRequestException.class, () -> ask(BLIP, "what is it?", "README.md"));
        assertThrows(
                UnsupportedFeatureException.class,
                () -> BLIP.chat(UserMessage.from(image("octopus.png"), image("octopus.png"))));
        FoveaException clip = assertThrows(
                FoveaException.class,
                () -> FoveaChatModel.builder().model("clip-mini").build());
        assertTrue(clip.getMessage().contains("which does not write; expected a BLIP"), clip.getMessage());
    }

    @Test
    void listenersHearOfAnswersAndErrors() {
        List<String> heard = new ArrayList<>();
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onResponse(ChatModelResponseContext context) {
                heard.add(context.chatResponse().aiMessage().text());
            }

            @Override
            public void onError(ChatModelErrorContext context) {
                heard.add(context.error().getClass().getSimpleName());
            }
        };
        try (FoveaChatModel model =
                FoveaChatModel.builder().listeners(List.of(listener)).build()) {
            ask(model, "what is it?", "octopus.png");
            assertThrows(InvalidRequestException.class, () -> model.chat("what?"));
        }
        assertEquals(List.of("octopus", "InvalidRequestException"), heard);
    }
}
