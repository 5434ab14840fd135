package dev.fovea.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.test.vectorstore.BaseVectorStoreTests;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;

/** The store in Spring AI's own tests, and what those do not ask. */
class FoveaVectorStoreTest extends BaseVectorStoreTests {

    private static final Path PICTURES = Path.of("../../examples/pictures");

    private static Clip clip;
    private static FoveaEmbeddingModel model;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
        model = new FoveaEmbeddingModel(clip, "clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    private FoveaVectorStore open() {
        return FoveaVectorStore.builder(model).folder(folder.resolve("index")).build();
    }

    @Override
    protected void executeTest(Consumer<VectorStore> test) {
        try (FoveaVectorStore store = open()) {
            test.accept(store);
        }
    }

    private static List<String> ids(List<Document> documents) {
        return documents.stream().map(Document::getId).sorted().toList();
    }

    private static List<String> filtered(VectorStore store, String filter) {
        return ids(store.similaritySearch(SearchRequest.builder()
                .query("anything")
                .topK(10)
                .filterExpression(filter)
                .build()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            emptyValue = "",
            value = {
                "country == 'NL' ; nl",
                "country != 'NL' ; bg,none",
                "year > 2020 ; nl",
                "year >= 2020 ; bg,nl",
                "year < 2020.5 ; bg",
                "year <= 2019 ; ``",
                "country in ['NL', 'BG'] && year == 2020 ; bg",
                "country nin ['NL'] ; bg,none",
                "NOT (country == 'NL' || year == 2020) ; none",
                "active == true ; bg",
                "country IS NULL ; none",
                "country IS NOT NULL && active == false ; nl",
                "tags == 'b' ; bg",
                "'two words' == 'x' ; nl"
            })
    void everyFilterIsHonoured(String filter, String expected) {
        try (FoveaVectorStore store = FoveaVectorStore.builder(model).build()) {
            store.add(List.of(
                    new Document(
                            "bg",
                            "text",
                            Map.of("country", "BG", "year", 2020, "active", true, "tags", List.of("a", "b"))),
                    new Document(
                            "nl", "text", Map.of("country", "NL", "year", 2023L, "active", false, "two words", "x")),
                    new Document("none", "text", Map.of())));
            assertThat(filtered(store, filter))
                    .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split(",")));
        }
    }

    @Test
    void wordsAndPicturesFindPictures() {
        try (FoveaVectorStore store = open()) {
            store.add(List.of(
                    picture("octopus.png", true),
                    picture("elephant.png", false),
                    picture("coffee.jpg", true),
                    Document.builder().id("text").text("an octopus").build()));
        }
        try (FoveaVectorStore store = open()) {
            assertThat(store.size()).isEqualTo(4);
            SearchRequest pictures = SearchRequest.builder()
                    .query("an elephant")
                    .topK(1)
                    .filterExpression("kind == 'picture'")
                    .build();
            Document elephant = store.similaritySearch(pictures).getFirst();
            assertThat(elephant.getId()).isEqualTo("elephant.png");
            assertThat(elephant.getMedia().getMimeType()).isEqualTo(MimeTypeUtils.IMAGE_PNG);
            assertThat(elephant.getMedia().getDataAsByteArray()).hasSize(length("elephant.png"));
            assertThat(elephant.getMetadata()).containsKey("distance").containsEntry("kind", "picture");
            List<Document> alike = store.similaritySearch(
                    new Media(MimeTypeUtils.IMAGE_PNG, new FileSystemResource(PICTURES.resolve("octopus.png"))),
                    SearchRequest.builder().topK(2).build());
            assertThat(alike.getFirst().getId()).isEqualTo("octopus.png");
            assertThat(alike.getFirst().getScore()).isCloseTo(1, within(1e-5));
            assertThat(alike.getFirst().getMedia().getData())
                    .isEqualTo(PICTURES.resolve("octopus.png").toUri().toString());
            store.add(List.of(alike.getFirst())); // what was found can be added again
            assertThat(store.size()).isEqualTo(4);
            float[] vector = model.embed("an octopus");
            SearchRequest high =
                    SearchRequest.builder().topK(4).similarityThreshold(0.99).build();
            assertThat(ids(store.similaritySearch(vector, high))).containsExactly("text");
            assertThat(store.similaritySearch(SearchRequest.from(high).topK(0).build()))
                    .isEmpty();
        }
    }

    private static Offset<Double> within(double much) {
        return Offset.offset(much);
    }

    private static int length(String name) {
        return Math.toIntExact(PICTURES.resolve(name).toFile().length());
    }

    private static Document picture(String name, boolean byAddress) {
        var type = name.endsWith(".png") ? MimeTypeUtils.IMAGE_PNG : MimeTypeUtils.IMAGE_JPEG;
        Path file = PICTURES.resolve(name);
        Media media = byAddress ? new Media(type, file.toUri()) : new Media(type, new FileSystemResource(file));
        return Document.builder()
                .id(name)
                .media(media)
                .metadata("kind", "picture")
                .build();
    }

    @Test
    void whatIsWrongIsThrownAndNothingIsAdded() throws IOException {
        try (FoveaVectorStore store = open()) {
            List<Document> dated =
                    List.of(new Document("a", "text", Map.of()), new Document("b", "text", Map.of("d", new Date(0))));
            assertThatThrownBy(() -> store.add(dated))
                    .isInstanceOf(FoveaException.class)
                    .hasMessageContaining("the metadata d is a java.util.Date");
            Media address = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("http://localhost/a.png"));
            assertThatThrownBy(() -> store.add(List.of(new Document(address, Map.of()))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pictures are not fetched from addresses");
            Media text = new Media(MimeTypeUtils.IMAGE_PNG, new FileSystemResource("pom.xml"));
            assertThatThrownBy(() -> store.add(List.of(new Document(text, Map.of()))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(store.size()).isZero();
            try (FoveaVectorStore second = open()) {
                store.add(List.of(new Document("text")));
                assertThatThrownBy(() -> second.add(List.of(new Document("text"))))
                        .isInstanceOf(FoveaException.class)
                        .hasMessageContaining("somebody else is writing");
            }
        }
    }
}
