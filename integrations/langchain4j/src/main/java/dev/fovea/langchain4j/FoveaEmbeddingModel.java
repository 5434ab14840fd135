package dev.fovea.langchain4j;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ContentType;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A CLIP or one of its kin as an {@link EmbeddingModel}: texts and pictures become unit vectors of one space, computed
 * in this JVM. A text finds pictures, and a picture finds texts.
 *
 * <pre>{@code
 * try (FoveaEmbeddingModel model = FoveaEmbeddingModel.builder().model("openai/clip-vit-base-patch32").build()) {
 *     Embedding cat = model.embed("a cat").content();
 *     Embedding photo = model.embed(EmbeddingRequest.builder()
 *                     .inputs(List.of(EmbeddingInput.from(ImageContent.from(Path.of("cat.jpg"), "image/jpeg"))))
 *                     .build())
 *             .embeddings()
 *             .getFirst();
 * }
 * }</pre>
 *
 * <p>A picture comes as base64, which {@link ImageContent#from(java.nio.file.Path, String)} makes of a file, or as a
 * data URL; its format is found in its bytes. Other addresses are refused, since fetching what a request names would
 * let it reach what the service can. An input has one part, a text or a picture. A text that is too long loses its end.
 *
 * <p>Safe to use from many threads.
 */
public final class FoveaEmbeddingModel implements EmbeddingModel, AutoCloseable {

    private final Clip clip;
    private final boolean isOwn;
    private final String name;
    private final List<EmbeddingModelListener> listeners;

    private FoveaEmbeddingModel(Builder builder) {
        isOwn = builder.clip == null;
        clip = isOwn ? Clip.load(builder.model, builder.options) : builder.clip;
        name = isOwn ? builder.model : String.valueOf(clip.folder().getFileName());
        listeners = builder.listeners;
    }

    /** Begins to build one. Without further calls it is the small model that comes with {@code fovea-clip-mini}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what a model is made of. */
    public static final class Builder extends NamedModelBuilder<EmbeddingModelListener, Builder> {
        private Clip clip;

        private Builder() {
            super("clip-mini");
        }

        @Override
        Builder self() {
            return this;
        }

        /** Sets a model that is loaded already, which stays open; name and options then do not count. */
        public Builder clip(Clip clip) {
            this.clip = Objects.requireNonNull(clip, "clip is null");
            return this;
        }

        /**
         * Loads the model.
         *
         * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what
         *     to do
         */
        public FoveaEmbeddingModel build() {
            return new FoveaEmbeddingModel(this);
        }
    }

    /**
     * Embeds texts and pictures, all of each kind together.
     *
     * @throws InvalidRequestException if a picture cannot be decoded, or what came is no picture
     * @throws UnsupportedFeatureException if an input has several parts, or a picture is to be fetched
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        List<EmbeddingInput> inputs =
                Objects.requireNonNull(request, "request is null").inputs();
        List<String> texts = new ArrayList<>();
        List<PreparedPicture> pictures = new ArrayList<>();
        List<Boolean> isText = new ArrayList<>();
        for (EmbeddingInput input : inputs) {
            Content part = part(input);
            isText.add(part instanceof TextContent);
            if (part instanceof TextContent text) {
                texts.add(text.text());
            } else {
                pictures.add(PictureContent.prepared(((ImageContent) part).image(), clip.preprocessing()));
            }
        }
        int tokens = texts.stream().mapToInt(text -> clip.encode(text).length).sum();
        List<float[]> ofTexts = texts.isEmpty() ? List.of() : clip.embedTexts(texts);
        List<float[]> ofPictures = pictures.isEmpty() ? List.of() : clip.embedAll(pictures);
        List<Embedding> embeddings = new ArrayList<>(inputs.size());
        int text = 0;
        int picture = 0;
        for (boolean fromText : isText) {
            embeddings.add(Embedding.from(fromText ? ofTexts.get(text++) : ofPictures.get(picture++)));
        }
        return EmbeddingResponse.builder()
                .embeddings(embeddings)
                .modelName(name)
                .tokenUsage(new TokenUsage(tokens))
                .build();
    }

    private static Content part(EmbeddingInput input) {
        if (input.contents().size() != 1) {
            throw new UnsupportedFeatureException("an input has "
                    + input.contents().size()
                    + " parts, expected one text or one picture; embed them one by one");
        }
        return input.contents().getFirst();
    }

    /** Returns texts and pictures; a model without a tower for one of them refuses it by a message. */
    @Override
    public Set<ContentType> supportedContentTypes() {
        return Set.of(ContentType.TEXT, ContentType.IMAGE);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public String modelName() {
        return name;
    }

    /** Returns the number of numbers in an embedding. */
    @Override
    public int dimension() {
        return clip.dimension();
    }

    /** Frees the model, unless it was given loaded. */
    @Override
    public void close() {
        if (isOwn) {
            clip.close();
        }
    }
}
