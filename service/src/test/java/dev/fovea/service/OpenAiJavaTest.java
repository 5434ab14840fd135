package dev.fovea.service;

import static dev.fovea.service.TestService.dataUrl;
import static dev.fovea.service.TestService.picture;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's client for Java, as it is. */
@Timeout(120)
class OpenAiJavaTest {

    private static OpenAIClient client(FoveaService service, String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(service.address() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams question(String model, String text) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .maxCompletionTokens(500)
                .addSystemMessage("You are helpful.")
                .addUserMessageOfArrayOfContentParts(List.of(
                        ChatCompletionContentPart.ofText(ChatCompletionContentPartText.builder()
                                .text(text)
                                .build()),
                        ChatCompletionContentPart.ofImageUrl(ChatCompletionContentPartImage.builder()
                                .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
                                        .url(dataUrl("octopus.png"))
                                        .build())
                                .build())))
                .build();
    }

    @Test
    void embeddings() {
        OpenAIClient client = client(shared(), "unused");
        CreateEmbeddingResponse answer = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("clip-mini")
                        .inputOfArrayOfStrings(List.of("a cat", "a dog"))
                        .build());
        try (Clip clip = Clip.load("clip-mini")) {
            assertArrayEquals(clip.embed("a cat"), floats(answer.data().get(0).embedding()));
            assertArrayEquals(clip.embed("a dog"), floats(answer.data().get(1).embedding()));
        }
        assertEquals(8, answer.usage().promptTokens());
        assertEquals(
                List.of("blip-mini", "clip-mini", "florence-mini"),
                client.models().list().data().stream().map(model -> model.id()).toList());
    }

    private static float[] floats(List<Float> numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i);
        }
        return floats;
    }

    @Test
    void chatWholeAndInPieces() {
        OpenAIClient client = client(shared(), "unused");
        ChatCompletionCreateParams question = question("blip-mini", "what is it?");
        String expected;
        try (BlipAnswerer blip = BlipAnswerer.load("blip-mini")) {
            expected = blip.answer(Picture.read(picture("octopus.png")), "what is it?");
        }
        ChatCompletion answer = client.chat().completions().create(question);
        assertEquals(expected, answer.choices().getFirst().message().content().orElseThrow());
        assertEquals(
                ChatCompletion.Choice.FinishReason.STOP,
                answer.choices().getFirst().finishReason());
        assertTrue(answer.usage().orElseThrow().completionTokens() > 0);
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(question)) {
            String pieces = stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .collect(Collectors.joining());
            assertEquals(expected, pieces);
        }
    }

    @Test
    void errors(@TempDir Path folder) throws IOException {
        OpenAIClient client = client(shared(), "unused");
        NotFoundException missing = assertThrows(
                NotFoundException.class, () -> client.chat().completions().create(question("gpt-4", "what is it?")));
        assertEquals("model_not_found", missing.code().orElseThrow());
        BadRequestException wrong = assertThrows(
                BadRequestException.class,
                () -> client.chat().completions().create(question("clip-mini", "what is it?")));
        assertTrue(wrong.getMessage().contains("does not write"), wrong.getMessage());
        Path keys = Files.writeString(folder.resolve("keys"), "0123456789abcdef\n");
        try (FoveaService service = TestService.start(builder -> builder.keys(keys))) {
            assertEquals(
                    3,
                    client(service, "0123456789abcdef").models().list().data().size());
            assertThrows(
                    UnauthorizedException.class,
                    () -> client(service, "another").models().list());
        }
    }
}
