package dev.fovea.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import dev.langchain4j.store.embedding.filter.Filter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in LangChain4j's own tests, and what those do not ask. */
class FoveaEmbeddingStoreTest {

    private static final EmbeddingModel MODEL = FoveaEmbeddingModel.builder().build();

    /** Those of adding, searching and filtering; each filter in a fresh store. */
    @Nested
    class Filtering extends EmbeddingStoreWithFilteringIT {

        private final FoveaEmbeddingStore store = FoveaEmbeddingStore.inMemory();

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return MODEL;
        }

        @Override
        protected boolean supportsContains() {
            return true;
        }

        @Override
        protected boolean testLong1746714878034235396() {
            return true;
        }

        @Override
        protected boolean testFloatExactly() {
            return true;
        }

        @Override
        protected boolean testDoubleExactly() {
            return true;
        }

        @AfterEach
        void close() {
            store.close();
        }
    }

    /** Those of removal, in a folder. */
    @Nested
    class Removal extends EmbeddingStoreWithRemovalIT {

        private final FoveaEmbeddingStore store;

        Removal(@TempDir Path folder) {
            store = FoveaEmbeddingStore.open(folder);
        }

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return MODEL;
        }

        @AfterEach
        void close() {
            store.close();
        }
    }

    private static List<EmbeddingMatch<TextSegment>> search(FoveaEmbeddingStore store, float... query) {
        return store.search(EmbeddingSearchRequest.builder()
                        .queryEmbedding(Embedding.from(query))
                        .build())
                .matches();
    }

    @Test
    void whatWasAddedIsThereTheNextTime(@TempDir Path folder) {
        try (FoveaEmbeddingStore store = FoveaEmbeddingStore.open(folder)) {
            store.add("picture", Embedding.from(new float[] {0, 1}));
            store.add(Embedding.from(new float[] {1, 0}), TextSegment.from("text", Metadata.from("year", "2020")));
        }
        try (FoveaEmbeddingStore store = FoveaEmbeddingStore.open(folder)) {
            List<EmbeddingMatch<TextSegment>> found = search(store, 1, 0);
            assertEquals("2020", found.getFirst().embedded().metadata().getString("year"));
            assertEquals("picture", found.getLast().embeddingId());
            assertNull(found.getLast().embedded());
            assertEquals(0.5, found.getLast().score());
        }
    }

    @Test
    void whatIsWrongIsThrownAndNothingIsAdded() {
        try (FoveaEmbeddingStore store = FoveaEmbeddingStore.inMemory()) {
            store.add("a", Embedding.from(new float[] {0, 1}));
            List<Embedding> two = List.of(Embedding.from(new float[] {1, 0}), Embedding.from(new float[] {1, 0, 0}));
            FoveaException longer = assertThrows(FoveaException.class, () -> store.addAll(two));
            assertTrue(longer.getMessage().contains("its vector has 3 numbers, those of the index have 2"));
            assertThrows(IllegalArgumentException.class, () -> store.addAll(List.of("b"), two, null));
            assertEquals(1, search(store, 1, 0).size());
            Filter ours = object -> true;
            assertThrows(UnsupportedFeatureException.class, () -> store.removeAll(ours));
        }
    }
}
