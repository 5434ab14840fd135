package dev.fovea.service;

import static dev.fovea.service.TestService.dataUrl;
import static dev.fovea.service.TestService.picture;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.service.TestService.Answer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /v1/embeddings}, in the forms of OpenAI, Jina and infinity. */
class EmbeddingsRouteTest {

    private static Answer embed(String json) {
        return post(shared(), "/v1/embeddings", json);
    }

    private static float[] vector(JsonNode item) {
        JsonNode embedding = item.get("embedding");
        if (embedding.isTextual()) {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(embedding.asText()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            float[] vector = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(vector);
            return vector;
        }
        float[] vector = new float[embedding.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) embedding.get(i).asDouble();
        }
        return vector;
    }

    @Test
    void aTextIsAnsweredAsOpenAiDoes() {
        Answer answer = embed("{\"model\": \"clip-mini\", \"input\": \"a cat\", \"user\": \"somebody\"}");
        assertEquals(200, answer.status(), answer.body());
        JsonNode json = answer.json();
        assertEquals("list", json.get("object").asText());
        assertEquals("clip-mini", json.get("model").asText());
        assertEquals("embedding", json.at("/data/0/object").asText());
        assertEquals(0, json.at("/data/0/index").asInt());
        try (Clip clip = Clip.load("clip-mini")) {
            assertArrayEquals(clip.embed("a cat"), vector(json.at("/data/0")));
            assertEquals(
                    clip.encode("a cat").length, json.at("/usage/prompt_tokens").asInt());
            assertEquals(clip.dimension(), json.at("/data/0/embedding").size());
        }
    }

    @Test
    void textsAndPicturesKeepTheirOrderInEveryForm() {
        String cat = dataUrl("cat.jpg");
        String octopus = dataUrl("octopus.png");
        String jina = "{\"model\": \"clip-mini\", \"encoding_format\": \"base64\", \"input\": [{\"image\": \"" + cat
                + "\"}, \"a cat\", {\"text\": \"\u4e00 \u732b\"}, {\"image\": \"" + octopus.split(",")[1] + "\"}]}";
        String wrapped = octopus.replaceAll("(.{76})", "$1\\\\n"); // as base64 writes lines, in a JSON text
        String infinity = "{\"model\": \"clip-mini\", \"modality\": \"image\", \"input\": [\"" + cat + "\", \""
                + wrapped + "\"]}";
        Answer mixed = embed(jina);
        Answer images = embed(infinity);
        assertEquals(200, mixed.status(), mixed.body());
        assertEquals(200, images.status(), images.body());
        try (Clip clip = Clip.load("clip-mini")) {
            float[] ofCat = clip.embed(Picture.read(picture("cat.jpg")));
            float[] ofOctopus = clip.embed(Picture.read(picture("octopus.png")));
            assertArrayEquals(ofCat, vector(mixed.json().at("/data/0")));
            assertArrayEquals(clip.embed("a cat"), vector(mixed.json().at("/data/1")));
            assertArrayEquals(clip.embed("\u4e00 \u732b"), vector(mixed.json().at("/data/2")));
            assertArrayEquals(ofOctopus, vector(mixed.json().at("/data/3")));
            assertArrayEquals(ofCat, vector(images.json().at("/data/0")));
            assertArrayEquals(ofOctopus, vector(images.json().at("/data/1")));
        }
        assertEquals(0, images.json().at("/usage/total_tokens").asInt());
    }

    @Test
    void aBlipForMatchingEmbedsToo() {
        Answer answer = embed("{\"model\": \"blip-mini\", \"input\": [\"a cat\"], \"dimensions\": null}");
        assertEquals(200, answer.status(), answer.body());
        try (BlipMatcher blip = BlipMatcher.load("blip-mini")) {
            assertArrayEquals(blip.embed("a cat"), vector(answer.json().at("/data/0")));
            assertEquals(
                    blip.encode("a cat").length,
                    answer.json().at("/usage/prompt_tokens").asInt());
        }
    }

    /** A model that reads pictures alone says so when it is asked about texts. */
    @Test
    void aTowerForPicturesEmbedsThem() {
        Path dino = Path.of("../models/src/test/resources/dev/fovea/models/dinov2/case");
        try (FoveaService service = TestService.start(builder -> builder.model("dino", dino, LoadOptions.DEFAULTS));
                Clip clip = Clip.load(dino)) {
            String image = "{\"image\": \"" + dataUrl("cat.jpg") + "\"}";
            String start = "{\"model\": \"dino\", ";
            Answer answer = post(service, "/v1/embeddings", start + "\"input\": [" + image + "]}");
            assertEquals(200, answer.status(), answer.body());
            assertArrayEquals(
                    clip.embed(Picture.read(picture("cat.jpg"))),
                    vector(answer.json().at("/data/0")));
            Answer text = post(service, "/v1/embeddings", start + "\"input\": [" + image + ", \"a\"]}");
            assertEquals(400, text.status(), text.body());
            assertEquals("the model dino embeds pictures and no texts; send pictures", text.error());
            assertEquals("input[1]", text.param());
            Answer labels = post(service, "/classify", start + "\"image\": \"AAAA\", \"labels\": [\"a\"]}");
            assertEquals(400, labels.status(), labels.body());
        }
    }

    /** Requests that come at the same time are computed together, and nobody sees it in the numbers. */
    @Test
    void manyAtOnceHaveTheBitsOfEachAlone() throws Exception {
        List<String> texts = IntStream.range(0, 64)
                .mapToObj(i -> "a drawing of " + i + " " + "very ".repeat(i % 9) + "small cats")
                .toList();
        List<Future<Answer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Clip clip = Clip.load("clip-mini")) {
            for (String text : texts) {
                answers.add(threads.submit(() -> embed("{\"model\": \"clip-mini\", \"input\": [\"" + text + "\"]}")));
            }
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(
                        clip.embed(texts.get(i)),
                        vector(answers.get(i).get().json().at("/data/0")));
            }
        }
    }

    /** What follows the sign @ is the input of a request. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {                                                 | 400 | the body is not JSON (line 1
            []                                                | 400 | the body is of the wrong type; expected an object
            null                                              | 400 | the body is null
            {} {}                                             | 400 | the body
            {"model": 3, "input": "a"}                        | 400 | model is of the wrong type; expected a text
            {"model": null, "input": "a"}                     | 400 | model is missing
            {"input": "a"}                                    | 400 | model is missing
            {"model": "clip-mini"}                            | 400 | input is missing
            @null                                              | 400 | input is missing
            @[]                                                | 400 | input is empty; send at least one
            @""                                                | 400 | input is an empty text
            @["a", ""]                                         | 400 | input[1] is an empty text
            @[1, 2]                                            | 400 | input[0] is a number, and token ids are not taken
            @[["a"]]                                           | 400 | input[0] is of the wrong type; expected a text
            @[{"text": "a", "image": "b"}]                     | 400 | input[0] has both text and image
            @[{"video": "a"}]                                  | 400 | input[0] is of the wrong type
            @[{"image": ""}]                                   | 400 | input[0].image is empty
            @[{"image": "%%"}]                                 | 400 | input[0].image is not in base64
            @[{"image": "data:image/png;base64,*"}]            | 400 | input[0].image is not in base64
            @[{"image": "data:text/html;base64,YWJj"}]         | 400 | is a data URL of type text/html
            @[{"image": "data:image/svg+xml,<svg/>"}]          | 400 | is a data URL that is not in base64
            @[{"image": "aGVsbG8="}]                           | 400 | input[0].image: the picture
            @[{"image": "http://127.0.0.1/a.png"}]             | 400 | is an address, and pictures are not
            @[{"image": "file:///etc/passwd"}]                 | 400 | input[0].image is not in base64
            @"a", "dimensions": 3                              | 400 | dimensions is 3, and vectors of clip-mini have
            @"a", "dimensions": 0                              | 400 | dimensions is 0; expected at least 1
            @"a", "dimensions": "512"                          | 400 | is of the wrong type; expected a whole
            @"a", "encoding_format": "int8"                    | 400 | is "int8"; expected float or base64
            @"a", "modality": "audio"                          | 400 | modality is "audio"; expected text or image
            {"model": "clip-mini", "model": "clip-mini", "input": "a"} | 400 | Duplicate field
            @NaN                                               | 400 | column 36: Non-standard token 'NaN')
            {"model": "gpt-4", "input": "a"}                  | 404 | use one of blip-mini, clip-mini, florence-mini
            {"model": "florence-mini", "input": "a"}          | 400 | the model florence-mini is not for embeddings
            """)
    void whatIsWrongIsSaidInALine(String body, int status, String message) {
        boolean input = body.startsWith("@");
        Answer answer = embed(input ? "{\"model\": \"clip-mini\", \"input\": " + body.substring(1) + "}" : body);
        assertEquals(status, answer.status(), answer.body());
        assertTrue(answer.error().contains(message), answer.error());
        assertEquals(1, answer.error().lines().count());
        assertEquals("invalid_request_error", answer.json().at("/error/type").asText());
    }

    /** The lines name no settings of the library that reads them. */
    @Test
    void whatIsTooLargeToReadIsSaidInPlainWords() {
        for (String body : List.of(
                "{\"model\": \"clip-mini\", \"input\": " + "[".repeat(200),
                "{\"model\": \"clip-mini\", \"input\": \"a\", \"dimensions\": " + "9".repeat(5000) + "}",
                "{\"" + "k".repeat(100_000) + "\": 1}")) {
            Answer answer = embed(body);
            assertEquals(400, answer.status());
            assertTrue(answer.error().contains("exceeds the maximum allowed ("), answer.error());
            assertFalse(answer.error().matches(".*[`(]?Stream.*"), answer.error());
        }
    }

    @Test
    void tooLongTextsAreRefused() {
        Answer answer = embed("{\"model\": \"clip-mini\", \"input\": [\"a\", \"" + "b ".repeat(50_000) + "\"]}");
        assertEquals(400, answer.status());
        assertEquals("input has 100001 characters, at most 100000 are read; send shorter texts", answer.error());
    }

    @Test
    void tooManyInputsAreRefused() {
        String texts = IntStream.range(0, 10_000).mapToObj(i -> "\"a\"").collect(Collectors.joining(","));
        Answer answer = embed("{\"model\": \"clip-mini\", \"input\": [" + texts + "]}");
        assertEquals(400, answer.status());
        assertEquals("input has 10000 texts, at most 2048 are embedded at once; send several requests", answer.error());
        assertEquals("input", answer.param());
    }
}
