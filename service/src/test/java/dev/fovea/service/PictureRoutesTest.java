package dev.fovea.service;

import static dev.fovea.service.TestService.dataUrl;
import static dev.fovea.service.TestService.picture;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.send;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.LabelScore;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Match;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.service.TestService.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plain routes, as JSON and as forms: what the models themselves give. */
@Timeout(120)
class PictureRoutesTest {

    private static final String SCENE = "mushrooms-and-word.png";

    @TempDir
    Path folder;

    private static Picture scene() {
        return Picture.read(picture(SCENE));
    }

    private static JsonNode json(String path, String fields) {
        String body = "{\"image\": \"" + dataUrl(SCENE) + "\"" + (fields.isEmpty() ? "" : ", " + fields) + "}";
        return ok(post(shared(), path, body));
    }

    private static JsonNode ok(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    /** Sends a form as curl does: the picture and then name, value, name, value, ... */
    private static Answer form(FoveaService service, String path, String... fields) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            body.writeBytes(
                    "--XyZ\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type:"
                            .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(" image/png\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            body.writeBytes(Files.readAllBytes(picture(SCENE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < fields.length; i += 2) {
            String part =
                    "\r\n--XyZ\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i + 1];
            body.writeBytes(part.getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes("\r\n--XyZ--\r\n".getBytes(StandardCharsets.UTF_8));
        return send(
                service,
                path,
                builder -> builder.header("Content-Type", "multipart/form-data; boundary=XyZ")
                        .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    }

    @Test
    void classify() {
        List<String> labels = List.of("mushroom", "car", "\u732b");
        JsonNode plain = json("/classify", "\"labels\": [\"mushroom\", \"car\", \"\u732b\"]");
        JsonNode templates = ok(form(
                shared(),
                "/classify",
                "labels",
                "mushroom",
                "labels",
                "car",
                "labels",
                "\u732b",
                "templates",
                "a photo of a {}",
                "templates",
                "a drawing of a {}",
                "model",
                "clip-mini"));
        try (Clip clip = Clip.load("clip-mini")) {
            check(clip.classify(scene(), labels), plain);
            check(
                    clip.classifier(labels, List.of("a photo of a {}", "a drawing of a {}"))
                            .classify(scene()),
                    templates);
        }
    }

    private static void check(List<LabelScore> expected, JsonNode answer) {
        assertEquals("clip-mini", answer.get("model").asText());
        assertEquals(expected.size(), answer.get("results").size());
        for (int i = 0; i < expected.size(); i++) {
            JsonNode found = answer.get("results").get(i);
            assertEquals(expected.get(i).label(), found.get("label").asText());
            assertEquals(expected.get(i).score(), (float) found.get("score").asDouble());
            assertEquals(expected.get(i).logit(), (float) found.get("logit").asDouble());
        }
    }

    @Test
    void detectGroundSegmentAndRead() {
        JsonNode detected = json("/detect", "");
        JsonNode grounded = json("/ground", "\"text\": \"a mushroom\"");
        JsonNode segmented = ok(form(shared(), "/segment", "text", "a mushroom"));
        JsonNode read = ok(form(shared(), "/ocr"));
        try (Florence2 florence = Florence2.load("florence-mini")) {
            assertEquals(florence.detect(scene()).size(), detected.get("boxes").size());
            assertEquals(
                    florence.ground(scene(), "a mushroom").size(),
                    grounded.get("boxes").size());
            List<Outline> outlines = florence.segment(scene(), "a mushroom");
            assertEquals(outlines.size(), segmented.get("polygons").size());
            for (int i = 0; i < outlines.size(); i++) {
                assertEquals(
                        outlines.get(i).polygons().toString().replace(" ", ""),
                        segmented.get("polygons").get(i).get("polygons").toString());
            }
            List<TextLine> lines = florence.readLines(scene());
            assertEquals(lines.size(), read.get("quads").size());
            for (int i = 0; i < lines.size(); i++) {
                JsonNode quad = read.get("quads").get(i);
                assertEquals(lines.get(i).label(), quad.get("label").asText());
                assertEquals(
                        lines.get(i).corners().toString().replace(" ", ""),
                        quad.get("quad").toString());
                assertEquals((float) lines.get(i).score().orElseThrow(), (float)
                        quad.get("score").asDouble());
            }
            assertTrue(read.get("text").isTextual());
        }
    }

    @Test
    void match() {
        JsonNode answer = json("/match", "\"texts\": [\"a mushroom\", \"a car\"]");
        try (BlipMatcher blip = BlipMatcher.load("blip-mini")) {
            List<Match> expected = blip.matchAll(scene(), List.of("a mushroom", "a car"));
            for (int i = 0; i < 2; i++) {
                JsonNode found = answer.get("results").get(i);
                assertEquals(expected.get(i).text(), found.get("text").asText());
                assertEquals(expected.get(i).probability(), (float)
                        found.get("match").asDouble());
                assertEquals(
                        expected.get(i).cosine(), (float) found.get("cosine").asDouble());
            }
        }
    }

    @Test
    void search() {
        Path index = folder.resolve("index");
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex photos = PhotoIndex.open(index, clip, "clip-mini")) {
            photos.update(List.of(Path.of("../examples/pictures")));
        }
        try (FoveaService service = TestService.start(builder -> builder.index("photos", index, LoadOptions.DEFAULTS));
                Clip clip = Clip.load("clip-mini");
                PhotoIndex photos = PhotoIndex.open(index, clip)) {
            checkHits(photos.search("an octopus", 10), ok(post(service, "/search", "{\"text\": \"an octopus\"}")));
            PhotoQuery query = PhotoQuery.of("a mushroom")
                    .and(scene(), 1)
                    .without("a word")
                    .where("width>10");
            Answer answer = form(
                    service,
                    "/search",
                    "text",
                    "a mushroom",
                    "not",
                    "a word",
                    "where",
                    "width>10",
                    "top",
                    "2",
                    "index",
                    "photos");
            checkHits(photos.search(query, 2), ok(answer));
            Answer other = post(service, "/search", "{\"text\": \"a\", \"index\": \"none\"}");
            assertEquals(404, other.status());
            assertEquals("there is no index \"none\" here; use one of photos", other.error());
            Answer condition = post(service, "/search", "{\"text\": \"a\", \"where\": \"colour=red\"}");
            assertEquals(400, condition.status(), condition.body());
            Answer empty = post(service, "/search", "{\"text\": \"\"}");
            assertEquals(400, empty.status());
            assertTrue(empty.error().contains("text has no word; say what the pictures show"), empty.error());
            assertTrue(empty.body().contains("\"param\":\"text\""), empty.body());
            Answer emptyNot = post(service, "/search", "{\"text\": \"a\", \"not\": [\"b\", \" \"]}");
            assertEquals(400, emptyNot.status());
            assertTrue(emptyNot.error().contains("not[1] has no word"), emptyNot.error());
            Answer nothing = post(service, "/search", "{}");
            assertEquals("there is nothing to look for; send text, image or both", nothing.error());
        }
        Answer without = post(shared(), "/search", "{\"text\": \"a\"}");
        assertEquals(404, without.status());
        assertEquals("index_not_found", without.code());
    }

    private static void checkHits(List<PhotoHit> expected, JsonNode answer) {
        assertEquals("photos", answer.get("index").asText());
        assertEquals(expected.size(), answer.get("results").size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(
                    expected.get(i).file().toString(),
                    answer.get("results").get(i).get("image").asText());
            assertEquals(expected.get(i).score(), (float)
                    answer.get("results").get(i).get("score").asDouble());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /classify | {"labels": ["a"]}                          | image is missing
            /classify | {"image": "AAAA"}                          | labels is missing
            /classify | {"image": "AAAA", "labels": []}            | labels has 0 elements; expected 1 to 2048
            /classify | {"image": "AAAA", "labels": "a"}           | labels is of the wrong type; expected an array
            /classify | {"image": "AAAA", "labels": [3]}           | labels[0] is of the wrong type; expected a text
            /classify | {"image": "AAAA", "labels": [null]}        | labels[0] is null
            /classify | {"image": "AAAA", "labels": ["a"]}         | image: the picture
            /classify | {"image": "AAAA", "label": ["a"]}          | label is not a field of this request; expected
            /classify | {"image": "AAAA", "labels": ["a"], "templates": ["b"]} | has no place for the label
            /classify | {"image": 3, "labels": ["a"]}              | image is of the wrong type; expected a text
            /classify | {"image": {"url": "a"}, "labels": ["a"]}   | image is of the wrong type; expected a text
            /detect   | {"image": "AAAA", "model": "clip-mini"}    | the model clip-mini is not for detection
            /ground   | {"image": "AAAA", "text": " "}             | text has no word
            /segment  | {"image": "AAAA"}                          | text is missing
            /ocr      | {"image": "data:application/pdf;base64,AAAA"} | image is a data URL of type application/pdf
            /match    | {"image": "AAAA", "texts": []}             | texts has 0 elements; expected 1 to 256
            """)
    void whatIsWrongIsSaidInALine(String path, String body, String message) {
        Answer answer = post(shared(), path, body);
        assertEquals(400, answer.status(), answer.body());
        assertTrue(answer.error().contains(message), answer.error());
    }

    @Test
    void tooManyLabelsInTooManyTemplates() {
        String labels = "[" + "\"a\", ".repeat(99) + "\"b\"]";
        String templates = "[" + "\"{}\", ".repeat(20) + "\"{}\"]";
        String body = "{\"image\": \"AAAA\", \"labels\": " + labels + ", \"templates\": " + templates + "}";
        Answer answer = post(shared(), "/classify", body);
        assertEquals(
                "100 labels in 21 templates are 2100 texts, at most 2048 are embedded at once; send fewer",
                answer.error());
    }

    /** Sends a form whose picture is a text. */
    private static Answer formOfText(String image) {
        String body = "--XyZ\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n" + image + "\r\n--XyZ--\r\n";
        return sentAsForm(body);
    }

    private static Answer sentAsForm(String body) {
        return send(
                shared(),
                "/detect",
                builder -> builder.header("Content-Type", "multipart/form-data; boundary=XyZ")
                        .POST(BodyPublishers.ofString(body)));
    }

    @Test
    void aPictureOfAFormMayBeADataUrl() {
        assertEquals(ok(form(shared(), "/detect")), ok(formOfText(dataUrl(SCENE))));
        Answer address = formOfText("http://127.0.0.1/a.png");
        assertTrue(address.error().startsWith("image is an address, and pictures are not"), address.error());
    }

    @Test
    void formsThatAreBroken() {
        assertEquals(
                "image is in the form twice; send it once",
                form(shared(), "/detect", "image", "a").error());
        assertTrue(form(shared(), "/detect", "colour", "a").error().startsWith("colour is not a field"));
        assertTrue(form(shared(), "/match", "texts", "a", "model", "clip-mini")
                .error()
                .contains("is not for matching"));
        for (String body :
                new String[] {"", "--XyZ", "--XyZ--", "--XyZ\r\n\r\n", "--XyZ\r\nA: b\r\n\r\nc\r\n--XyZ--", "a"}) {
            assertEquals(400, sentAsForm(body).status(), body);
        }
        Answer without = send(
                shared(),
                "/detect",
                builder -> builder.header("Content-Type", "multipart/form-data").POST(BodyPublishers.ofString("a")));
        assertTrue(without.error().contains("names no boundary"), without.error());
    }
}
