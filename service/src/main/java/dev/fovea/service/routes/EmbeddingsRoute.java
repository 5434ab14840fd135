package dev.fovea.service.routes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.image.PictureInput;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.json.RecordJson;
import dev.fovea.service.routes.EmbeddingsAnswer.EmbeddingItem;
import dev.fovea.service.routes.EmbeddingsAnswer.EmbeddingsUsage;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.ModelEmbedder;
import dev.fovea.service.served.ModelOperations;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;

/** Answers {@code POST /v1/embeddings}. */
public final class EmbeddingsRoute {

    private final ServedModels models;
    private final PictureSource pictures;
    private final ServiceLimits limits;

    /** Makes the route. */
    public EmbeddingsRoute(ServedModels models, PictureSource pictures, ServiceLimits limits) {
        this.models = models;
        this.pictures = pictures;
        this.limits = limits;
    }

    /** Returns the route. */
    public List<Route> routes() {
        return List.of(Route.post(
                "/v1/embeddings",
                "Embeds texts and pictures as vectors of unit length.",
                EmbeddingsRequest.class,
                EmbeddingsAnswer.class,
                this::embed));
    }

    /**
     * An input: a text or a picture, and where the request has it.
     *
     * @param text or null
     * @param image or null
     */
    private record Input(String text, ImageData image, String param) {}

    private Object embed(EmbeddingsRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.EMBED);
        boolean base64 = choice(request.encodingFormat(), "encoding_format", "float", "base64");
        List<Input> inputs = inputs(request.input(), choice(request.modality(), "modality", "text", "image"));
        ModelEmbedder embedder = model.embedder(call.deadline());
        int dimension = embedder.images().dimension();
        if (request.dimensions() != null && request.dimensions() != dimension) {
            throw HttpFailure.badRequest(
                    "dimensions",
                    "dimensions is " + request.dimensions() + ", and vectors of " + model.name() + " have " + dimension
                            + " numbers, which cannot be shortened; leave dimensions out");
        }
        List<String> texts = new ArrayList<>();
        List<ImageData> images = new ArrayList<>();
        List<String> params = new ArrayList<>();
        for (Input input : inputs) {
            if (input.image() == null) {
                model.requireTexts(input.param());
                texts.add(input.text());
            } else {
                model.requirePictures(input.param());
                images.add(input.image());
                params.add(input.param());
            }
        }
        check(texts.size(), limits.texts(), "texts");
        check(images.size(), limits.pictures(), "pictures");
        limits.requireShort(ServiceLimits.length(texts), "input");
        int tokens = texts.stream().mapToInt(embedder.tokens()::of).sum();
        List<PictureInput> prepared = images.isEmpty()
                ? List.of()
                : pictures.prepareAll(images, params, embedder.preprocessing().get(), call.deadline());
        Iterator<float[]> ofTexts = model.compute(ModelOperations.embedTexts(embedder), texts, call.deadline())
                .iterator();
        Iterator<float[]> ofImages = model.compute(ModelOperations.embedPictures(embedder), prepared, call.deadline())
                .iterator();
        List<EmbeddingItem> data = new ArrayList<>();
        for (Input input : inputs) {
            float[] vector = (input.image() == null ? ofTexts : ofImages).next();
            data.add(new EmbeddingItem("embedding", data.size(), base64 ? base64(vector) : vector));
        }
        return new EmbeddingsAnswer("list", data, model.name(), new EmbeddingsUsage(tokens, tokens));
    }

    private static void check(int count, int most, String what) {
        if (count > most) {
            throw HttpFailure.badRequest(
                    "input",
                    "input has " + count + " " + what + ", at most " + most + " are embedded at once; send"
                            + " several requests");
        }
    }

    /** Returns whether a field has the second of two values; absent, it has the first. */
    private static boolean choice(String value, String param, String usual, String other) {
        if (value == null || value.equals(usual)) {
            return false;
        }
        if (!value.equals(other)) {
            throw HttpFailure.badRequest(
                    param, param + " is " + RecordJson.shown(value) + "; expected " + usual + " or " + other);
        }
        return true;
    }

    private static List<Input> inputs(JsonNode input, boolean areImages) {
        if (!input.isArray()) {
            return List.of(input(input, "input", areImages));
        }
        if (input.isEmpty()) {
            throw HttpFailure.badRequest("input", "input is empty; send at least one text or picture");
        }
        List<Input> inputs = new ArrayList<>();
        for (JsonNode one : input) {
            inputs.add(input(one, "input[" + inputs.size() + "]", areImages));
        }
        return inputs;
    }

    private static Input input(JsonNode input, String param, boolean isImage) {
        if (input.isTextual()) {
            return isImage ? image(input, param) : text(input, param);
        }
        if (input.isObject()) {
            boolean hasText = input.has("text");
            boolean hasImage = input.has("image");
            if (hasText && hasImage) {
                throw HttpFailure.badRequest(
                        param, param + " has both text and image, which make two vectors; send two inputs");
            }
            if (input.size() == 1 && hasText && input.get("text").isTextual()) {
                return text(input.get("text"), param + ".text");
            }
            if (input.size() == 1 && hasImage && input.get("image").isTextual()) {
                return image(input.get("image"), param + ".image");
            }
        }
        throw HttpFailure.badRequest(
                param,
                param + (input.isNumber() ? " is a number, and token ids are not taken" : " is of the wrong type")
                        + "; expected a text, {\"text\": \"...\"} or {\"image\": \"data:image/jpeg;base64,...\"}");
    }

    private static Input text(JsonNode text, String param) {
        if (text.asText().isEmpty()) {
            throw HttpFailure.badRequest(param, param + " is an empty text; send a text with at least one character");
        }
        return new Input(text.asText(), null, param);
    }

    private static Input image(JsonNode image, String param) {
        return new Input(null, ImageData.of(image.asText()), param);
    }

    /** Writes a vector as OpenAI's clients read it: 32-bit floats, the lowest byte first. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
