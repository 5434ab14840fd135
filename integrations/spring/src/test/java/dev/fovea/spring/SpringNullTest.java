package dev.fovea.spring;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.kit.Nulls;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.TokenCountBatchingStrategy;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.util.MimeTypeUtils;

/** Null for any parameter of any public method is one line that names what is null. */
class SpringNullTest {

    @Test
    void everyParameterIsNamed() throws Exception {
        try (Clip clip = Clip.load("clip-mini")) {
            FoveaEmbeddingModel model = new FoveaEmbeddingModel(clip, "clip-mini");
            int calls = new Nulls()
                    .with(clip)
                    .with(model)
                    .with(EmbeddingModel.class, model)
                    .with(new FoveaDocumentEmbeddingModel(model))
                    .with(FoveaVectorStore.builder(model))
                    .with(FoveaVectorStore.builder(model).build())
                    .with(ObservationRegistry.class, ObservationRegistry.NOOP)
                    .with(BatchingStrategy.class, new TokenCountBatchingStrategy())
                    .with(new EmbeddingRequest(List.of(), null))
                    .with(new Document("a"))
                    .with(SearchRequest.builder().query("a").build())
                    .with(Media.builder()
                            .mimeType(MimeTypeUtils.IMAGE_PNG)
                            .data("data:")
                            .build())
                    .mayBeNull("FoveaEmbeddingModel", "options")
                    .mayBeNull("FoveaEmbeddingModel", "batching")
                    .check(List.of(
                            FoveaEmbeddingModel.class.getName(),
                            FoveaDocumentEmbeddingModel.class.getName(),
                            FoveaVectorStore.class.getName(),
                            FoveaVectorStore.Builder.class.getName()));
            assertTrue(calls >= 15, calls + " calls");
        }
    }
}
