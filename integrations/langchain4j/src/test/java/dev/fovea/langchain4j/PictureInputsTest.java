package dev.fovea.langchain4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.store.embedding.CosineSimilarity;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Texts and pictures in one request, and what is refused. */
class PictureInputsTest {

    private static final Path PICTURES = Path.of("../../examples/pictures");

    private static Clip clip;
    private static FoveaEmbeddingModel model;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
        model = FoveaEmbeddingModel.builder().clip(clip).build();
    }

    @AfterAll
    static void close() {
        model.close();
        clip.embed("still open");
        clip.close();
    }

    private static EmbeddingResponse embed(EmbeddingInput... inputs) {
        return model.embed(EmbeddingRequest.builder().inputs(List.of(inputs)).build());
    }

    private static EmbeddingInput picture(String name) {
        return EmbeddingInput.from(ImageContent.from(PICTURES.resolve(name), "image/png"));
    }

    @Test
    void textsAndPicturesKeepTheirOrderAndTheirBits() {
        EmbeddingResponse response = embed(
                EmbeddingInput.from("an octopus"),
                picture("octopus.png"),
                EmbeddingInput.from("an elephant"),
                picture("elephant.png"));
        List<Embedding> found = response.embeddings();
        assertArrayEquals(clip.embed("an octopus"), found.get(0).vector());
        assertArrayEquals(
                clip.embed(Picture.read(PICTURES.resolve("octopus.png"))),
                found.get(1).vector());
        assertArrayEquals(clip.embed("an elephant"), found.get(2).vector());
        assertArrayEquals(
                clip.embed(Picture.read(PICTURES.resolve("elephant.png"))),
                found.get(3).vector());
        assertEquals(
                clip.encode("an octopus").length + clip.encode("an elephant").length,
                response.tokenUsage().inputTokenCount());
        assertTrue(CosineSimilarity.between(found.get(0), found.get(1))
                > CosineSimilarity.between(found.get(0), found.get(3)));
    }

    @Test
    void aDataUrlIsAPicture() throws Exception {
        String base64 = Base64.getEncoder().encodeToString(Files.readAllBytes(PICTURES.resolve("octopus.png")));
        EmbeddingInput url = EmbeddingInput.from(ImageContent.from(URI.create("data:image/png;base64," + base64)));
        assertArrayEquals(
                embed(picture("octopus.png")).embeddings().getFirst().vector(),
                embed(url).embeddings().getFirst().vector());
    }

    @Test
    void whatIsNoPictureIsRefusedInOneLine() {
        refused(InvalidRequestException.class, ImageContent.from("bm8gcGljdHVyZQ==", "image/png"));
        refused(InvalidRequestException.class, ImageContent.from("no base64!", "image/png"));
        refused(UnsupportedFeatureException.class, ImageContent.from(URI.create("http://169.254.169.254/cat.png")));
        refused(UnsupportedFeatureException.class, ImageContent.from(URI.create("file:///etc/passwd")));
        EmbeddingInput both = EmbeddingInput.from(
                TextContent.from("a cat"), ImageContent.from(PICTURES.resolve("octopus.png"), "image/png"));
        assertTrue(assertThrows(UnsupportedFeatureException.class, () -> embed(both))
                .getMessage()
                .contains("2 parts"));
    }

    private static void refused(Class<? extends LangChain4jException> kind, ImageContent content) {
        String message =
                assertThrows(kind, () -> embed(EmbeddingInput.from(content))).getMessage();
        assertEquals(1, message.lines().count(), message);
    }
}
