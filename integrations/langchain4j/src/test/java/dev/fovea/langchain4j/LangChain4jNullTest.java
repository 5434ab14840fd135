package dev.fovea.langchain4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.kit.Nulls;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class LangChain4jNullTest {

    @Test
    void everyParameterIsNamed() throws Exception {
        try (Clip clip = Clip.load("clip-mini")) {
            int calls = new Nulls()
                    .with(FoveaEmbeddingModel.builder())
                    .with(FoveaEmbeddingModel.builder().clip(clip).build())
                    .check(List.of(FoveaEmbeddingModel.class.getName(), FoveaEmbeddingModel.Builder.class.getName()));
            assertTrue(calls >= 5, calls + " calls");
        }
    }
}
