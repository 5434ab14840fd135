package dev.fovea.langchain4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.kit.Nulls;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class LangChain4jNullTest {

    @Test
    void everyParameterIsNamed() throws Exception {
        try (Clip clip = Clip.load("clip-mini");
                FoveaEmbeddingStore store = FoveaEmbeddingStore.inMemory();
                FoveaChatModel chat = FoveaChatModel.builder().build()) {
            int calls = new Nulls()
                    .with(FoveaEmbeddingModel.builder())
                    .with(FoveaEmbeddingModel.builder().clip(clip).build())
                    .with(store)
                    .with(FoveaChatModel.builder())
                    .with(chat)
                    .with(
                            ChatRequestParameters.class,
                            ChatRequestParameters.builder().build())
                    .with(Embedding.from(new float[] {1}))
                    .with(TextSegment.from("a"))
                    .mayBeNull("FoveaEmbeddingStore", "segment")
                    .mayBeNull("FoveaEmbeddingStore", "segments")
                    .mayBeNull("FoveaEmbeddingStore", "removed") // an IllegalArgumentException, as LangChain4j has it
                    .check(List.of(
                            FoveaEmbeddingModel.class.getName(),
                            FoveaEmbeddingModel.Builder.class.getName(),
                            FoveaEmbeddingStore.class.getName(),
                            FoveaChatModel.class.getName(),
                            FoveaChatModel.Builder.class.getName()));
            assertTrue(calls >= 12, calls + " calls");
        }
    }
}
