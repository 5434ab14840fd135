package dev.fovea.langchain4j;

import dev.fovea.search.documents.DocumentIndex;
import dev.fovea.search.documents.FoundDocument;
import dev.fovea.search.documents.IndexedDocument;
import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.internal.ValidationUtils;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.RelevanceScore;
import dev.langchain4j.store.embedding.filter.Filter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Keeps embeddings with their segments in a folder, on Lucene, in this JVM: of texts and, without a segment or with one
 * that describes it, of pictures.
 *
 * <pre>{@code
 * try (FoveaEmbeddingStore store = FoveaEmbeddingStore.open(Path.of("documents.index"))) {
 *     store.add(model.embed("a cat").content(), TextSegment.from("a cat", Metadata.from("kind", "animal")));
 *     store.search(EmbeddingSearchRequest.builder()
 *             .queryEmbedding(model.embed("a kitten").content())
 *             .filter(metadataKey("kind").isEqualTo("animal"))
 *             .build());
 * }
 * }</pre>
 *
 * <p>All filters of LangChain4j work, in searches and for removal. What a method has written is on the disk when it
 * returns; whatever goes wrong is thrown, as a {@link FoveaException}, and then nothing of the call is kept. One
 * process at a time may write to a folder. Embeddings are kept with the length 1. Safe to use from many threads.
 */
public final class FoveaEmbeddingStore implements EmbeddingStore<TextSegment>, AutoCloseable {

    private final DocumentIndex index;

    private FoveaEmbeddingStore(DocumentIndex index) {
        this.index = index;
    }

    /**
     * Opens a store, or makes a new one.
     *
     * @param folder is made if it is not there yet
     * @throws FoveaException if the folder holds anything else, or is damaged or of another version of Fovea
     */
    public static FoveaEmbeddingStore open(Path folder) {
        return new FoveaEmbeddingStore(DocumentIndex.open(Objects.requireNonNull(folder, "folder is null")));
    }

    /** Makes a store in memory, which is gone when it is closed. */
    public static FoveaEmbeddingStore inMemory() {
        return new FoveaEmbeddingStore(DocumentIndex.inMemory());
    }

    @Override
    public String add(Embedding embedding) {
        return add(embedding, null);
    }

    @Override
    public void add(String id, Embedding embedding) {
        Objects.requireNonNull(id, "id is null");
        Objects.requireNonNull(embedding, "embedding is null");
        addAll(List.of(id), List.of(embedding), null);
    }

    /**
     * Adds an embedding with its segment.
     *
     * @param segment null where there is none
     */
    @Override
    public String add(Embedding embedding, TextSegment segment) {
        Objects.requireNonNull(embedding, "embedding is null");
        return addAll(List.of(embedding), Collections.singletonList(segment)).getFirst();
    }

    @Override
    public List<String> addAll(List<Embedding> embeddings) {
        Objects.requireNonNull(embeddings, "embeddings is null");
        List<String> ids = generateIds(embeddings.size());
        addAll(ids, embeddings, null);
        return ids;
    }

    /**
     * Adds embeddings, each in the place of the one with its id. Where one of them is refused none is added.
     *
     * @param segments null where there are none
     * @throws FoveaException if an embedding has another dimension than those of the store, is not finite or has the
     *     length 0, or the store cannot be written
     */
    @Override
    public void addAll(List<String> ids, List<Embedding> embeddings, List<TextSegment> segments) {
        Objects.requireNonNull(ids, "ids is null");
        Objects.requireNonNull(embeddings, "embeddings is null");
        if (ids.size() != embeddings.size() || segments != null && segments.size() != ids.size()) {
            throw new IllegalArgumentException("there are " + ids.size() + " ids, " + embeddings.size()
                    + " embeddings and " + (segments == null ? "no" : segments.size())
                    + " segments; expected as many of each");
        }
        List<IndexedDocument> documents = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            TextSegment segment = segments == null ? null : segments.get(i);
            documents.add(new IndexedDocument(
                    ids.get(i),
                    embeddings.get(i).vector(),
                    Optional.ofNullable(segment).map(TextSegment::text),
                    segment == null ? Map.of() : segment.metadata().toMap()));
        }
        index.put(documents);
    }

    /**
     * Removes embeddings by their ids; ids that are not there do not matter.
     *
     * @throws IllegalArgumentException if there are none, as LangChain4j has it
     */
    @Override
    public void removeAll(Collection<String> removed) {
        index.remove(ValidationUtils.ensureNotEmpty(removed, "ids"));
    }

    /**
     * Removes the embeddings whose segments fit a filter.
     *
     * @throws IllegalArgumentException if there is none, as LangChain4j has it
     */
    @Override
    public void removeAll(Filter removed) {
        index.remove(StoreFilters.of(ValidationUtils.ensureNotNull(removed, "filter")));
    }

    @Override
    public void removeAll() {
        index.removeAll();
    }

    /**
     * Finds the nearest embeddings. Their score is {@code (cosine + 1) / 2}, as elsewhere in LangChain4j.
     *
     * @throws FoveaException if the embedding of the query has another dimension than those of the store
     */
    @Override
    public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
        Objects.requireNonNull(request, "request is null");
        List<EmbeddingMatch<TextSegment>> matches = new ArrayList<>();
        for (FoundDocument found : index.search(
                request.queryEmbedding().vector(),
                request.maxResults(),
                Optional.ofNullable(request.filter()).map(StoreFilters::of))) {
            double score = Math.clamp(RelevanceScore.fromCosineSimilarity(found.cosine()), 0, 1);
            if (score >= request.minScore()) {
                matches.add(match(found.document(), score));
            }
        }
        return new EmbeddingSearchResult<>(matches);
    }

    private static EmbeddingMatch<TextSegment> match(IndexedDocument document, double score) {
        TextSegment segment = document.text()
                .map(text -> TextSegment.from(text, Metadata.from(document.metadata())))
                .orElse(null);
        return new EmbeddingMatch<>(score, document.id(), Embedding.from(document.vector()), segment);
    }

    /** Closes the store; whatever was added stays in its folder. */
    @Override
    public void close() {
        index.close();
    }
}
