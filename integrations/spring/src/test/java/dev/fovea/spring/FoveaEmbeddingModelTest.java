package dev.fovea.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.DocumentEmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResultMetadata.ModalityType;
import org.springframework.ai.embedding.TokenCountBatchingStrategy;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;

class FoveaEmbeddingModelTest {

    private static final Path OCTOPUS = Path.of("../../examples/pictures/octopus.png");

    private static Clip clip;
    private static FoveaEmbeddingModel model;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
        model = new FoveaEmbeddingModel(clip, "clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    @Test
    void textsHaveTheVectorsOfTheModel() {
        EmbeddingResponse response = model.call(new EmbeddingRequest(List.of("a cat", "a dog"), null));
        assertThat(response.getResults().get(1).getOutput()).isEqualTo(clip.embed("a dog"));
        assertThat(response.getResults().get(1).getIndex()).isEqualTo(1);
        assertThat(response.getMetadata().getModel()).isEqualTo("clip-mini");
        assertThat(response.getMetadata().getUsage().getPromptTokens())
                .isEqualTo(clip.encode("a cat").length + clip.encode("a dog").length);
        assertThat(model.embed("a cat")).isEqualTo(clip.embed("a cat"));
        assertThat(model.dimensions()).isEqualTo(clip.dimension());
        assertThat(model.call(new EmbeddingRequest(List.of(), null)).getResults())
                .isEmpty();
    }

    @Test
    void aDocumentWithAPictureHasItsVectorWhateverItComesIn() throws Exception {
        float[] expected = clip.embed(Picture.read(OCTOPUS));
        String data = "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(OCTOPUS));
        List<Media> forms = List.of(
                new Media(MimeTypeUtils.IMAGE_PNG, new FileSystemResource(OCTOPUS)),
                new Media(MimeTypeUtils.IMAGE_PNG, OCTOPUS.toUri()),
                Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(data).build());
        for (Media media : forms) {
            assertThat(model.embed(new Document(media, Map.of()))).isEqualTo(expected);
        }
        Document picture = new Document(forms.getFirst(), Map.of());
        Document text = new Document("an octopus");
        assertThat(model.embed(List.of(text, picture, text), null, new TokenCountBatchingStrategy()))
                .containsExactly(clip.embed("an octopus"), expected, clip.embed("an octopus"));
        EmbeddingResponse response = new FoveaDocumentEmbeddingModel(model)
                .call(new DocumentEmbeddingRequest(
                        List.of(picture, text), EmbeddingOptions.builder().build()));
        assertThat(response.getResults().getFirst().getOutput()).isEqualTo(expected);
        assertThat(response.getResults().getFirst().getMetadata().getModalityType())
                .isEqualTo(ModalityType.IMAGE);
        assertThat(response.getResults().getFirst().getMetadata().getDocumentId())
                .isEqualTo(picture.getId());
        assertThat(response.getResults().getLast().getMetadata().getModalityType())
                .isEqualTo(ModalityType.TEXT);
    }

    @Test
    void whatTheModelCannotDoIsRefused() {
        assertThatThrownBy(() -> call(EmbeddingOptions.builder()
                        .model("text-embedding-3-small")
                        .build()))
                .hasMessageContaining("the options ask for the model text-embedding-3-small, this one is clip-mini");
        assertThatThrownBy(() -> call(EmbeddingOptions.builder().dimensions(7).build()))
                .hasMessageContaining("the options ask for 7 dimensions");
        call(EmbeddingOptions.builder()
                .model("clip-mini")
                .dimensions(clip.dimension())
                .build());
        Media address = Media.builder()
                .mimeType(MimeTypeUtils.IMAGE_PNG)
                .data("https://localhost/a.png")
                .build();
        assertThatThrownBy(() -> model.embed(address)).hasMessageContaining("not fetched from addresses");
        Media nowhere = Media.builder()
                .mimeType(MimeTypeUtils.IMAGE_PNG)
                .data("file:///nowhere.png")
                .build();
        assertThatThrownBy(() -> model.embed(nowhere)).hasMessageContaining("file:///nowhere.png: cannot be read");
        Media broken = Media.builder()
                .mimeType(MimeTypeUtils.IMAGE_PNG)
                .data("data:image/png;base64,%")
                .build();
        assertThatThrownBy(() -> model.embed(broken)).hasMessageContaining("a picture's base64 is broken");
    }

    private static void call(EmbeddingOptions options) {
        model.call(new EmbeddingRequest(List.of("a"), options));
    }
}
