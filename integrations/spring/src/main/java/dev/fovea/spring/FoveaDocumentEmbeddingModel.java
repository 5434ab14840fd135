package dev.fovea.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.DocumentEmbeddingModel;
import org.springframework.ai.embedding.DocumentEmbeddingRequest;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResultMetadata;
import org.springframework.ai.embedding.EmbeddingResultMetadata.ModalityType;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/**
 * A CLIP or one of its kin as a {@link DocumentEmbeddingModel}: documents with a text or a picture become vectors of
 * one space. Safe to use from many threads.
 */
public final class FoveaDocumentEmbeddingModel implements DocumentEmbeddingModel {

    private final FoveaEmbeddingModel model;

    /** Takes the model that embeds texts and pictures. */
    public FoveaDocumentEmbeddingModel(FoveaEmbeddingModel model) {
        this.model = Objects.requireNonNull(model, "model is null");
    }

    /**
     * Embeds documents, all pictures and all texts at once.
     *
     * @throws IllegalArgumentException if a picture cannot be read, or the options ask for another model or dimension
     */
    @Override
    public EmbeddingResponse call(DocumentEmbeddingRequest request) {
        List<Document> documents =
                Objects.requireNonNull(request, "request is null").getInstructions();
        model.requireSupported(request.getOptions());
        List<float[]> vectors = model.embedAll(documents);
        List<Embedding> embeddings = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            embeddings.add(new Embedding(vectors.get(i), i, metadata(documents.get(i))));
        }
        List<String> texts = documents.stream()
                .filter(Document::isText)
                .map(model::getEmbeddingContent)
                .toList();
        return new EmbeddingResponse(embeddings, model.metadata(texts));
    }

    private static EmbeddingResultMetadata metadata(Document document) {
        boolean isText = document.isText();
        MimeType type = isText ? MimeTypeUtils.TEXT_PLAIN : document.getMedia().getMimeType();
        return new EmbeddingResultMetadata(
                document.getId(),
                isText ? ModalityType.TEXT : ModalityType.IMAGE,
                type,
                isText ? document.getText() : document.getMedia().getData());
    }

    /** Returns the number of numbers in a vector. */
    @Override
    public int dimensions() {
        return model.dimensions();
    }
}
