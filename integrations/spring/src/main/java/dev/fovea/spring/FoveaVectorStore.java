package dev.fovea.spring;

import dev.fovea.search.documents.DocumentFilter;
import dev.fovea.search.documents.DocumentIndex;
import dev.fovea.search.documents.FoundDocument;
import dev.fovea.search.documents.IndexedDocument;
import dev.fovea.tensor.FoveaException;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.DocumentMetadata;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.vectorstore.AbstractVectorStoreBuilder;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.ai.vectorstore.filter.Filter;
import org.springframework.ai.vectorstore.observation.AbstractObservationVectorStore;
import org.springframework.ai.vectorstore.observation.DefaultVectorStoreObservationConvention;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationContext;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationConvention;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationDocumentation;
import org.springframework.util.MimeType;

/**
 * A {@link VectorStore} in a folder, on Lucene, in this JVM: of documents with texts and, with a {@link
 * FoveaEmbeddingModel}, of documents with pictures, which words and pictures find.
 *
 * <pre>{@code
 * VectorStore store = FoveaVectorStore.builder(model).folder(Path.of("shop.index")).build();
 * store.add(List.of(new Document(new Media(MimeTypeUtils.IMAGE_JPEG, file.toUri()), Map.of("price", 12.5))));
 * store.similaritySearch(SearchRequest.builder().query("a red shoe").filterExpression("price < 20").build());
 * }</pre>
 *
 * <p>All filters of Spring AI work, in searches and for removal. What a method has written is on the disk when it
 * returns; whatever goes wrong is thrown, as a {@link FoveaException}, and then nothing of the call is kept. One
 * process at a time may write to a folder. The score of a document is the cosine to the query. Of a picture the store
 * keeps the address, or the bytes where it has none. Safe to use from many threads.
 */
public final class FoveaVectorStore extends AbstractObservationVectorStore implements AutoCloseable {

    /** The metadata under which the type of a picture is kept; its address or its bytes are kept as the text. */
    private static final String MEDIA_TYPE = "fovea.media.type";

    private static final VectorStoreObservationConvention CONVENTION = new DefaultVectorStoreObservationConvention();

    private final DocumentIndex index;
    private final ObservationRegistry observations;
    /** Null where the usual one counts. */
    private final VectorStoreObservationConvention convention;

    private FoveaVectorStore(Builder builder) {
        super(builder);
        observations = builder.getObservationRegistry();
        convention = builder.getCustomObservationConvention();
        index = builder.folder == null ? DocumentIndex.inMemory() : DocumentIndex.open(builder.folder);
    }

    /**
     * Begins to build a store, in memory unless a folder is set.
     *
     * @param model embeds what is added and what is searched for
     */
    public static Builder builder(EmbeddingModel model) {
        return new Builder(Objects.requireNonNull(model, "model is null"));
    }

    /** Collects what a store is made of. */
    public static final class Builder extends AbstractVectorStoreBuilder<Builder> {

        private Path folder;

        private Builder(EmbeddingModel model) {
            super(model);
        }

        /** Keeps the documents in a folder, which is made if it is not there yet. */
        public Builder folder(Path folder) {
            this.folder = Objects.requireNonNull(folder, "folder is null");
            return this;
        }

        /**
         * Opens the store.
         *
         * @throws FoveaException if the folder holds anything else, or is damaged or of another version of Fovea
         */
        @Override
        public FoveaVectorStore build() {
            return new FoveaVectorStore(this);
        }
    }

    /** Returns how many documents there are. */
    public int size() {
        return index.size();
    }

    /**
     * Adds documents, each in the place of the one with its id. Where one of them is refused none is added.
     *
     * @throws FoveaException if metadata are no texts, numbers, truth values, UUIDs or lists of these, or the store
     *     cannot be written
     */
    @Override
    public void add(List<Document> documents) {
        Objects.requireNonNull(documents, "documents is null");
        // As the class above does, which refuses documents with pictures.
        VectorStoreObservationContext context = createObservationContextBuilder(
                        VectorStoreObservationContext.Operation.ADD.value())
                .build();
        VectorStoreObservationDocumentation.AI_VECTOR_STORE
                .observation(convention, CONVENTION, () -> context, observations)
                .observe(() -> doAdd(documents));
    }

    @Override
    public void doAdd(List<Document> documents) {
        Objects.requireNonNull(documents, "documents is null");
        List<float[]> vectors =
                embeddingModel.embed(documents, EmbeddingOptions.builder().build(), batchingStrategy);
        List<IndexedDocument> all = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            all.add(indexed(documents.get(i), vectors.get(i)));
        }
        index.put(all);
    }

    private static IndexedDocument indexed(Document document, float[] vector) {
        Map<String, Object> metadata = new HashMap<>(document.getMetadata());
        String text = document.getText();
        if (!document.isText()) {
            metadata.put(MEDIA_TYPE, document.getMedia().getMimeType().toString());
            text = MediaBytes.address(document.getMedia());
        }
        return new IndexedDocument(document.getId(), vector, Optional.ofNullable(text), metadata);
    }

    @Override
    public void doDelete(List<String> ids) {
        index.remove(Objects.requireNonNull(ids, "ids is null"));
    }

    @Override
    protected void doDelete(Filter.Expression filter) {
        index.remove(StoreFilters.of(filter));
    }

    /** Finds the documents that fit the words of a request. */
    @Override
    public List<Document> doSimilaritySearch(SearchRequest request) {
        Objects.requireNonNull(request, "request is null");
        return nearest(embeddingModel.embed(request.getQuery()), request);
    }

    /**
     * Finds the documents that are like a picture.
     *
     * @param request how many, above which score and with which filter; its words do not count
     * @throws IllegalArgumentException if the picture cannot be read, or the store's model embeds texts only
     */
    public List<Document> similaritySearch(Media picture, SearchRequest request) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(request, "request is null");
        if (!(embeddingModel instanceof FoveaEmbeddingModel model)) {
            throw new IllegalArgumentException("the model of this store, "
                    + embeddingModel.getClass().getName() + ", embeds texts only; search by words");
        }
        return nearest(model.embed(picture), request);
    }

    /**
     * Finds the documents whose vectors are the nearest to a vector.
     *
     * @param request how many, above which score and with which filter; its words do not count
     */
    public List<Document> similaritySearch(float[] vector, SearchRequest request) {
        Objects.requireNonNull(vector, "vector is null");
        return nearest(vector, Objects.requireNonNull(request, "request is null"));
    }

    private List<Document> nearest(float[] vector, SearchRequest request) {
        if (request.getTopK() == 0) {
            return List.of();
        }
        Optional<DocumentFilter> filter =
                Optional.ofNullable(request.getFilterExpression()).map(StoreFilters::of);
        boolean all = request.getSimilarityThreshold() == SearchRequest.SIMILARITY_THRESHOLD_ACCEPT_ALL;
        return index.search(vector, request.getTopK(), filter).stream()
                .filter(found -> all || found.cosine() >= request.getSimilarityThreshold())
                .map(FoveaVectorStore::document)
                .toList();
    }

    private static Document document(FoundDocument found) {
        Map<String, Object> metadata = new HashMap<>(found.document().metadata());
        metadata.put(DocumentMetadata.DISTANCE.value(), 1 - found.cosine());
        String text = found.document().text().orElse("");
        Document.Builder document = Document.builder().id(found.document().id()).score((double) found.cosine());
        Object type = metadata.remove(MEDIA_TYPE);
        if (type == null) {
            document.text(text);
        } else {
            document.media(MediaBytes.of(text)
                    .mimeType(MimeType.valueOf(type.toString()))
                    .build());
        }
        return document.metadata(metadata).build();
    }

    @Override
    public VectorStoreObservationContext.Builder createObservationContextBuilder(String operation) {
        return VectorStoreObservationContext.builder(
                        FoveaEmbeddingModel.PROVIDER, Objects.requireNonNull(operation, "operation is null"))
                .dimensions(embeddingModel.dimensions())
                .similarityMetric("cosine");
    }

    /** Closes the store; whatever was added to a folder stays there. */
    @Override
    public void close() {
        index.close();
    }
}
