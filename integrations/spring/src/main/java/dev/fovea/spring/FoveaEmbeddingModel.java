package dev.fovea.spring;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureException;
import dev.fovea.models.image.PreparedPicture;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * A CLIP or one of its kin as an {@link EmbeddingModel}, computed in this JVM. A document that has a picture becomes
 * the vector of the picture, in the same space as texts, so that a {@code VectorStore} finds pictures by words.
 *
 * <p>A picture comes as bytes, as a data URL or as the URI of a file; other addresses are refused. A text that is too
 * long loses its end. Safe to use from many threads.
 */
public final class FoveaEmbeddingModel implements EmbeddingModel {

    /** What observations call the provider. */
    static final String PROVIDER = "fovea";

    /** Longest time that a picture may take to decode. */
    private static final Duration DECODING = Duration.ofSeconds(30);

    private static final EmbeddingModelObservationConvention CONVENTION =
            new DefaultEmbeddingModelObservationConvention();

    private final Clip clip;
    private final String name;
    private final ObservationRegistry observations;

    /**
     * Wraps a model, which stays the caller's to close.
     *
     * @param name how the model is called in answers and observations
     */
    public FoveaEmbeddingModel(Clip clip, String name) {
        this(clip, name, ObservationRegistry.NOOP);
    }

    /**
     * Wraps a model, which stays the caller's to close.
     *
     * @param name how the model is called in answers and observations
     * @param observations hear of each request, as of other models of Spring AI
     */
    public FoveaEmbeddingModel(Clip clip, String name, ObservationRegistry observations) {
        this.clip = Objects.requireNonNull(clip, "clip is null");
        this.name = Objects.requireNonNull(name, "name is null");
        this.observations = Objects.requireNonNull(observations, "observations is null");
    }

    /** Returns the model. */
    public Clip clip() {
        return clip;
    }

    /** Returns how the model is called. */
    public String name() {
        return name;
    }

    /**
     * Embeds texts, all at once.
     *
     * @throws IllegalArgumentException if the options ask for another model or another dimension
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        Objects.requireNonNull(request, "request is null");
        requireSupported(request.getOptions());
        EmbeddingModelObservationContext context = EmbeddingModelObservationContext.builder()
                .embeddingRequest(request)
                .provider(PROVIDER)
                .build();
        return EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                .observation(null, CONVENTION, () -> context, observations)
                .observe(() -> {
                    EmbeddingResponse response = texts(request.getInstructions());
                    context.setResponse(response);
                    return response;
                });
    }

    private EmbeddingResponse texts(List<String> texts) {
        List<float[]> vectors = texts.isEmpty() ? List.of() : clip.embedTexts(texts);
        List<Embedding> embeddings = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            embeddings.add(new Embedding(vectors.get(i), i));
        }
        return new EmbeddingResponse(embeddings, metadata(texts));
    }

    EmbeddingResponseMetadata metadata(List<String> texts) {
        int tokens = texts.stream().mapToInt(text -> clip.encode(text).length).sum();
        return new EmbeddingResponseMetadata(name, new DefaultUsage(tokens, 0));
    }

    void requireSupported(EmbeddingOptions options) {
        if (options == null) {
            return;
        }
        if (options.getModel() != null && !options.getModel().equals(name)) {
            throw new IllegalArgumentException("the options ask for the model " + options.getModel() + ", this one is "
                    + name + "; leave the model out");
        }
        if (options.getDimensions() != null && options.getDimensions() != dimensions()) {
            throw new IllegalArgumentException("the options ask for " + options.getDimensions()
                    + " dimensions, those of " + name + " are " + dimensions() + "; leave them out");
        }
    }

    /** Embeds the picture of a document, or its text where it has none. */
    @Override
    public float[] embed(Document document) {
        return embedAll(List.of(Objects.requireNonNull(document, "document is null")))
                .getFirst();
    }

    /**
     * Embeds documents, all pictures and all texts at once.
     *
     * @param options may be null
     * @param batching does not count: a batch is as large as the machine computes best
     */
    @Override
    public List<float[]> embed(List<Document> documents, EmbeddingOptions options, BatchingStrategy batching) {
        Objects.requireNonNull(documents, "documents is null");
        requireSupported(options);
        return embedAll(documents);
    }

    List<float[]> embedAll(List<Document> documents) {
        List<PreparedPicture> pictures = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Document document : documents) {
            if (document.isText()) {
                texts.add(getEmbeddingContent(document));
            } else {
                pictures.add(prepared(document.getMedia()));
            }
        }
        List<float[]> ofPictures = pictures.isEmpty() ? List.of() : clip.embedAll(pictures);
        List<float[]> ofTexts = texts.isEmpty() ? List.of() : embed(texts);
        List<float[]> vectors = new ArrayList<>();
        int text = 0;
        int picture = 0;
        for (Document document : documents) {
            vectors.add(document.isText() ? ofTexts.get(text++) : ofPictures.get(picture++));
        }
        return vectors;
    }

    /**
     * Embeds a picture.
     *
     * @throws IllegalArgumentException if it is an address, or no picture that can be read
     */
    public float[] embed(Media media) {
        return clip.embedAll(List.of(prepared(Objects.requireNonNull(media, "media is null"))))
                .getFirst();
    }

    private PreparedPicture prepared(Media media) {
        byte[] bytes = MediaBytes.of(media);
        try {
            return Picture.read(bytes, Picture.MAX_PIXELS, DECODING, clip.preprocessing()::prepare);
        } catch (PictureException noPicture) {
            throw new IllegalArgumentException(noPicture.getMessage(), noPicture);
        }
    }

    /** Returns the number of numbers in a vector. */
    @Override
    public int dimensions() {
        return clip.dimension();
    }
}
