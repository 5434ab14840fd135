package dev.fovea.langchain4j;

import dev.fovea.models.clip.Clip;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * LangChain4j's own tests of an embedding model. What CLIP has not is refused, and they check that: queries embedded
 * unlike documents, fewer dimensions, and inputs of text and picture together.
 */
class FoveaEmbeddingModelTest extends AbstractEmbeddingModelIT {

    private static Clip clip;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    /** JUnit closes the models that it hands to tests, so they are given one that stays open. */
    @Override
    protected List<EmbeddingModel> models() {
        return List.of(FoveaEmbeddingModel.builder().clip(clip).build());
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return FoveaEmbeddingModel.builder()
                .clip(clip)
                .listeners(List.of(listener))
                .build();
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    @Override
    protected boolean supportsDimensionsParameter() {
        return false;
    }

    @Override
    protected boolean supportsInterleavedInput() {
        return false;
    }

    @Override
    protected boolean supportsImageInput() {
        return true;
    }

    @Override
    protected ImageContent catImage() {
        return ImageContent.from(Path.of("../../examples/pictures/cat.jpg"), "image/jpeg");
    }
}
