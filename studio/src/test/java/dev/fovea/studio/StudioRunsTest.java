package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.models.Detection;
import dev.fovea.models.LabelScore;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.studio.RawHttp.Raw;
import dev.fovea.studio.inside.RankCorrelation;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the page asks in the course of looking at a picture, over the network. */
@Timeout(120)
class StudioRunsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static FoveaStudio studio;
    private static RawHttp http;

    @BeforeAll
    static void start() {
        studio = FoveaStudio.builder().port(0).start();
        http = new RawHttp(studio);
    }

    @AfterAll
    static void stop() {
        studio.close();
    }

    private static JsonNode json(Raw answer) throws IOException {
        assertEquals(200, answer.status(), answer.text());
        return JSON.readTree(answer.text());
    }

    private static JsonNode run(String request) throws IOException {
        Raw stream = http.post("/api/runs", request);
        assertEquals(200, stream.status(), stream.text());
        assertEquals("text/event-stream; charset=utf-8", stream.header("Content-Type"));
        List<String> results = RawHttp.events(stream, "result");
        assertEquals(1, results.size(), stream.text());
        return JSON.readTree(results.getFirst());
    }

    private static JsonNode frog() throws IOException {
        return run("{\"kind\": \"clip\", \"model\": \"clip-mini\", \"picture\": \"frog-and-tree\","
                + " \"labels\": [\"a frog\", \"a tree\", \"a car\"]}");
    }

    private static float[] floats(Raw answer, String shape) {
        assertEquals(200, answer.status(), answer.text());
        assertEquals(shape, answer.header("X-Fovea-Shape"));
        float[] values = new float[answer.body().length / 4];
        ByteBuffer.wrap(answer.body())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    @Test
    void theStateListsTheModels() throws IOException {
        JsonNode state = json(http.get("/api/state"));
        assertEquals(3, state.get("models").size());
        JsonNode clip = state.get("models").get(0);
        assertEquals("clip-mini", clip.get("name").asText());
        assertEquals("[\"classify\",\"inside\"]", clip.get("tasks").toString());
        assertEquals(6, clip.get("vision").get("layers").asInt());
        assertEquals(8, clip.get("vision").get("patchRows").asInt());
    }

    @Test
    void numbersAreThoseOfJava() throws IOException {
        JsonNode run = frog();
        Picture picture = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
        try (Clip clip = Clip.load("clip-mini")) {
            for (LabelScore score : clip.classify(picture, List.of("a frog", "a tree", "a car"))) {
                JsonNode label = null;
                for (JsonNode one : run.get("labels")) {
                    label = one.get("label").asText().equals(score.label()) ? one : label;
                }
                assertEquals(score.score(), (float) label.get("score").asDouble());
                assertEquals(score.logit(), (float) label.get("logit").asDouble());
                assertEquals(
                        clip.encode(score.label()).length, label.get("tokens").size());
            }
            float[] all = floats(http.get("/api/runs/" + run.get("run").asText() + "/embedding"), "4,192");
            float[] embedding = new float[192];
            System.arraycopy(all, 0, embedding, 0, 192);
            assertArrayEquals(clip.embed(picture), embedding);
        }
    }

    @Test
    void everyFigureOfARun() throws IOException {
        String run = "/api/runs/" + frog().get("run").asText();
        assertEquals(
                "a frog", json(http.get(run)).get("labels").get(0).get("label").asText());
        float[] rows = floats(http.get(run + "/attention?layer=3&query=17"), "6,65");
        for (int head = 0; head < 6; head++) {
            double sum = 0;
            for (int token = 0; token < 65; token++) {
                sum += rows[head * 65 + token];
            }
            assertEquals(1, sum, 1e-5);
        }
        assertEquals(400, http.get(run + "/attention?layer=5&query=17").status());
        assertEquals(400, http.get(run + "/attention?layer=6").status());
        for (String map : List.of(
                "attention?layer=2&head=1&query=3",
                "attention?layer=2",
                "rollout",
                "similarity?patch=8",
                "contributions?label=1",
                "contributions?label=1&layer=5&head=2",
                "maskclip?label=2",
                "grad-eclip",
                "chefer",
                "norms?layer=3")) {
            floats(http.get(run + "/maps/" + map), "8,8");
        }
        assertEquals(404, http.get(run + "/maps/occlusion").status());
        assertEquals(400, http.get(run + "/maps/nothing").status());
        assertEquals(400, http.get(run + "/maps/maskclip?label=7").status());
        floats(http.get(run + "/pca"), "64,3");
        floats(http.get(run + "/norms"), "7,65");
        floats(http.get(run + "/state?layer=4&token=17"), "192");
        floats(http.get(run + "/patch?index=63"), "10,10,3");
        assertEquals(400, http.get(run + "/patch?index=64").status());
        JsonNode contributions = json(http.get(run + "/contributions?label=0"));
        assertEquals(
                contributions.get("cosine").asDouble(), contributions.get("sum").asDouble(), 1e-5);
        assertEquals(1 + 3 * 6 + 1, contributions.get("terms").size());
        assertEquals(7, json(http.get(run + "/lens")).get("cosines").size());
        assertEquals(3, json(http.get(run + "/score")).get("labels").size());
        int tokens = json(http.get(run)).get("labels").get(0).get("tokens").size();
        float[] causal = floats(http.get(run + "/text/attention?label=0&layer=0&query=1"), "3," + tokens);
        assertEquals(0, causal[2]);
        assertEquals(1, causal[0] + causal[1], 1e-6);
    }

    @Test
    void occlusionAndItsCurves() throws IOException {
        String run = frog().get("run").asText();
        Raw stream = http.post("/api/runs", "{\"kind\": \"occlusion\", \"run\": \"" + run + "\", \"label\": 1}");
        assertEquals(4, RawHttp.events(stream, "progress").size(), stream.text());
        float[] map = floats(http.get("/api/runs/" + run + "/maps/occlusion?label=1"), "8,8");
        assertEquals(64, map.length);
        JsonNode curves = run("{\"kind\": \"curves\", \"run\": \"" + run
                + "\", \"label\": 1, \"maps\": [\"occlusion\", \"rollout\"], \"steps\": 4}");
        assertEquals("[0.0,0.25,0.5,0.75,1.0]", curves.get("covered").toString());
        JsonNode judged = curves.get("maps").get(0);
        assertEquals(
                judged.get("deletion").get(0).asDouble(),
                judged.get("insertion").get(4).asDouble(),
                1e-6);
        assertTrue(judged.get("deletionArea").asDouble()
                < judged.get("insertionArea").asDouble());
    }

    @Test
    void mapsWithShuffledWeightsAreComparedByRank() throws IOException {
        String run = frog().get("run").asText();
        JsonNode shuffled = run("{\"kind\": \"shuffle\", \"run\": \"" + run
                + "\", \"model\": \"clip-mini\", \"picture\": \"frog-and-tree\", \"label\": 0, \"layers\": 2,"
                + " \"maps\": [\"maskclip\", \"rollout\"]}");
        float[] map = floats(http.get("/api/runs/" + run + "/maps/maskclip?label=0"), "8,8");
        float[] other = new float[64];
        for (int i = 0; i < 64; i++) {
            other[i] = (float) shuffled.get("maps").get(0).get("values").get(i).asDouble();
        }
        double correlation = shuffled.get("maps").get(0).get("correlation").asDouble();
        assertEquals(RankCorrelation.of(map, other), correlation, 1e-6);
        assertTrue(correlation < 0.7, () -> "MaskCLIP should notice, but correlates by " + correlation);
    }

    @Test
    void aModelWithoutTextsIsLookedInto() throws IOException {
        try (FoveaStudio other = FoveaStudio.builder()
                .port(0)
                .modelOnDemand(
                        "dino",
                        Path.of("../models/src/test/resources/dev/fovea/models/dinov2/registers"),
                        LoadOptions.DEFAULTS)
                .start()) {
            RawHttp its = new RawHttp(other);
            Raw stream = its.post("/api/runs", "{\"kind\": \"clip\", \"model\": \"dino\", \"picture\": \"cat\"}");
            JsonNode seen = JSON.readTree(RawHttp.events(stream, "result").getFirst());
            assertEquals("register 1", seen.get("vision").get("before").get(1).asText());
            String run = "/api/runs/" + seen.get("run").asText();
            floats(its.get(run + "/attention?layer=1&query=2"), "2,20");
            floats(its.get(run + "/reading"), "2,20");
            floats(its.get(run + "/maps/rollout"), "4,4");
            floats(its.get(run + "/pca"), "16,3");
            Raw refused = its.get(run + "/contributions");
            assertEquals(409, refused.status());
            assertTrue(refused.text().contains("dino reads no texts"), refused.text());
            Raw timed = its.post("/api/runs", "{\"kind\": \"machine\", \"model\": \"dino\", \"picture\": \"cat\"}");
            assertEquals(1, RawHttp.events(timed, "result").size(), timed.text());
        }
    }

    @Test
    void aRegionIsWhatTheModelSees() throws IOException {
        JsonNode part = run("{\"kind\": \"clip\", \"model\": \"clip-mini\", \"picture\": \"frog-and-tree\","
                + " \"region\": [100, 0, 200, 200], \"labels\": [\"a frog\", \"a tree\"]}");
        Picture picture = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
        try (Clip clip = Clip.load("clip-mini");
                Florence2 florence = Florence2.load("florence-mini")) {
            LabelScore best = clip.classify(picture.part(100, 0, 200, 200), List.of("a frog", "a tree"))
                    .getFirst();
            assertEquals("a tree", best.label());
            assertEquals(
                    best.score(), (float) part.get("labels").get(1).get("score").asDouble());
            JsonNode told = run("{\"kind\": \"describe-region\", \"model\": \"florence-mini\","
                    + " \"picture\": \"frog-and-tree\", \"region\": [0, 0, 100, 200]}");
            Detection left = new Detection("", 0, 0, 100, 200, OptionalDouble.empty());
            assertEquals(florence.describe(picture, left), told.get("text").asText());
        }
        Raw outside = http.post(
                "/api/runs",
                "{\"kind\": \"name-region\", \"model\": \"florence-mini\", \"picture\": \"frog-and-tree\","
                        + " \"region\": [0, 0, 1000, 200]}");
        assertTrue(outside.text().contains("lies outside of the picture"), outside.text());
    }

    /** The last layer's head is the decoder's own, so its probability is that of the token. */
    @Test
    void theLensOfWordsEndsWithTheAnswer() throws IOException {
        for (String request : List.of(
                "\"kind\": \"caption\", \"model\": \"blip-mini\"",
                "\"kind\": \"ask\", \"model\": \"blip-mini\", \"question\": \"what is it?\"",
                "\"kind\": \"caption\", \"model\": \"florence-mini\"")) {
            JsonNode run = run("{" + request + ", \"picture\": \"octopus\", \"beams\": 1}");
            for (int token = 1; token < run.get("tokens").size(); token++) {
                JsonNode lens = json(http.get("/api/runs/" + run.get("run").asText() + "/words/lens?token=" + token));
                JsonNode last = lens.get("layers").get(lens.get("layers").size() - 1);
                JsonNode written = run.get("tokens").get(token);
                assertEquals(written.get("id").asInt(), lens.get("id").asInt());
                assertEquals(1, last.get("rank").asInt(), request);
                assertEquals(
                        written.get("probability").asDouble(),
                        last.get("probability").asDouble(),
                        1e-4,
                        request + " token " + token);
            }
        }
    }

    @Test
    void recordingsAreFilesOfNumpy() throws IOException {
        JsonNode frog = frog();
        String run = "/api/runs/" + frog.get("run").asText();
        JsonNode all = json(http.get(run + "/recordings"));
        String name = "vision_model.encoder.layers.3";
        boolean listed = false;
        for (JsonNode one : all) {
            listed |= one.get("name").asText().equals(name) && one.get("rows").asInt() == 65;
        }
        assertTrue(listed, all.toString());
        byte[] file = http.get(run + "/recording?name=" + name).body();
        assertEquals(
                "'shape': (65, 192)",
                new String(file, 0, 128, StandardCharsets.US_ASCII)
                        .replaceAll(".*('shape': [^)]*\\)).*\\n?", "$1")
                        .strip());
        float[] state = floats(http.get(run + "/state?layer=4&token=0"), "192");
        assertEquals(
                state[7], ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getFloat(128 + 4 * 7));
        assertEquals(404, http.get(run + "/recording?name=nothing").status());
        assertEquals(
                frog.get("fingerprint").asText(),
                json(http.get("/api/fingerprint?model=clip-mini"))
                        .get("fingerprint")
                        .asText());
    }

    @Test
    void stepsOfAPicture() throws IOException {
        JsonNode steps = json(http.get("/api/pictures/cat/steps?model=clip-mini"));
        JsonNode original = steps.get("original");
        JsonNode seen = steps.get("seen");
        assertEquals(80, steps.get("crop").get("width").asInt());
        assertEquals(
                Math.min(original.get("width").asInt(), original.get("height").asInt()),
                seen.get("height").asDouble(),
                1e-9);
        Raw resized = http.get("/api/pictures/cat.png?model=clip-mini&step=resized");
        Picture picture = Picture.read(new ByteArrayInputStream(resized.body()));
        assertEquals(steps.get("resized").get("width").asInt(), picture.width());
        Raw cropped = http.get("/api/pictures/cat.png?model=clip-mini&step=cropped");
        try (Clip clip = Clip.load("clip-mini")) {
            assertArrayEquals(
                    clip.preprocessing().pixels(Picture.read(Path.of("../examples/pictures/cat.jpg"))),
                    Picture.read(new ByteArrayInputStream(cropped.body())).samples());
        }
        assertEquals(
                200,
                http.get("/api/pictures/cat.png?model=clip-mini&step=normalized")
                        .status());
        assertEquals(
                400, http.get("/api/pictures/cat.png?model=clip-mini&step=odd").status());
        assertEquals(
                404,
                http.get("/api/pictures/cat.png?model=nothing&step=cropped").status());
    }

    @Test
    void figuresSourcesAndMerges() throws IOException {
        assertEquals("steps", json(http.get("/api/figures")).get(0).get("id").asText());
        assertTrue(
                json(http.get("/api/source?at=Rollout.of")).get("file").asText().endsWith("inside/Rollout.java"));
        assertEquals(
                "rollout",
                json(http.get("/api/doc?at=studio.md%23rollout")).get("title").asText());
        assertEquals(404, http.get("/api/source?at=..%2Fpom").status());
        JsonNode merges = json(http.get("/api/merges?model=clip-mini&text=a%20frog"));
        JsonNode frog = merges.get("words").get(1);
        assertEquals("frog", frog.get("word").asText().replace("</w>", ""));
        assertEquals(frog.get("steps").size() - 1, frog.get("merges").size());
        assertEquals(
                400,
                http.get("/api/merges?model=clip-mini&text=" + "x".repeat(501)).status());
    }

    @Test
    void aCaptionWithItsWordsAndBeams() throws IOException {
        String request = "{\"kind\": \"caption\", \"model\": \"blip-mini\", \"picture\": \"frog-and-tree\"";
        JsonNode run = run(request + ", \"beams\": 3}");
        try (BlipCaptioner blip = BlipCaptioner.load("blip-mini")) {
            Picture picture = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
            GenerationOptions options = blip.defaults().with(change -> change.beams(3));
            assertEquals(blip.caption(picture, options), run.get("text").asText());
        }
        StringBuilder words = new StringBuilder();
        for (JsonNode word : run.get("words")) {
            words.append(words.isEmpty() ? "" : " ").append(word.get("text").asText());
        }
        assertEquals(run.get("text").asText(), words.toString());
        JsonNode token = run.get("tokens").get(0);
        assertEquals(1, token.get("rank").asInt());
        assertEquals(
                token.get("probability").asDouble(),
                token.get("top").get(0).get("probability").asDouble(),
                1e-6);
        String path = "/api/runs/" + run.get("run").asText();
        int rows = run.get("crossAttention").get("rows").asInt();
        String shape = rows + "," + run.get("crossAttention").get("columns").asInt();
        float[] map = floats(http.get(path + "/words/map?word=1"), shape);
        double sum = 0;
        for (float place : map) {
            sum += place;
        }
        assertEquals(1, sum, 1e-4);
        floats(http.get(path + "/words/map?word=1&layer=0&head=1"), shape);
        floats(http.get(path + "/words/map?word=0&minusMean=1"), shape);
        assertEquals(400, http.get(path + "/words/map?word=99").status());
        JsonNode mass = json(http.get(path + "/words")).get("words").get(0).get("mass");
        assertEquals(
                1,
                mass.get("picture").asDouble()
                        + mass.get("other").asDouble()
                        + mass.get("prompt").asDouble(),
                1e-4);
        JsonNode beams = json(http.get(path + "/beams"));
        assertEquals(3, beams.get("beams").asInt());
        int rejected = 0;
        for (JsonNode step : beams.get("steps")) {
            for (JsonNode candidate : step.get("candidates")) {
                rejected += candidate.get("kept").asBoolean() ? 0 : 1;
            }
        }
        assertTrue(rejected > 0);
        assertEquals(409, http.get(path + "/lens").status());
    }

    @Test
    void placesAreThoseOfJava() throws IOException {
        JsonNode run =
                run("{\"kind\": \"detect\", \"model\": \"florence-mini\", \"picture\":" + " \"trumpet-boot-and-key\"}");
        try (Florence2 florence = Florence2.load("florence-mini")) {
            Picture picture = Picture.read(Path.of("../examples/pictures/trumpet-boot-and-key.png"));
            List<Detection> boxes = florence.detect(picture);
            assertEquals(boxes.size(), run.get("boxes").size());
            for (int i = 0; i < boxes.size(); i++) {
                JsonNode box = run.get("boxes").get(i);
                assertEquals(boxes.get(i).label(), box.get("label").asText());
                assertEquals(boxes.get(i).x2(), box.get("box").get(2).asInt());
                assertEquals(4, box.get("tokens").size());
                JsonNode token = run.get("tokens").get(box.get("tokens").get(0).asInt());
                assertTrue(token.get("text").asText().startsWith("<loc_"));
            }
        }
        int rows = run.get("crossAttention").get("rows").asInt();
        int columns = run.get("crossAttention").get("columns").asInt();
        floats(http.get("/api/runs/" + run.get("run").asText() + "/words/map?word=0"), rows + "," + columns);
        JsonNode asked = run("{\"kind\": \"ask\", \"model\": \"blip-mini\", \"picture\": \"two-mushrooms\","
                + " \"question\": \"how many mushrooms are there?\"}");
        try (BlipAnswerer blip = BlipAnswerer.load("blip-mini")) {
            Picture picture = Picture.read(Path.of("../examples/pictures/two-mushrooms.png"));
            assertEquals(
                    blip.answer(picture, "how many mushrooms are there?"),
                    asked.get("text").asText());
        }
        assertEquals(
                409,
                http.get("/api/runs/" + asked.get("run").asText() + "/words/map?word=0")
                        .status());
        JsonNode match = run("{\"kind\": \"match\", \"model\": \"blip-mini\", \"picture\": \"two-mushrooms\","
                + " \"texts\": [\"a mushroom\", \"a car\"]}");
        assertEquals(2, match.get("results").size());
        Raw none = http.post(
                "/api/runs", "{\"kind\": \"ground\", \"model\": \"florence-mini\", \"picture\": \"octopus\"}");
        assertTrue(RawHttp.events(none, "error").getFirst().contains("text is missing"), none.text());
    }

    @Test
    void kernelsAreThoseOfTheBackend() throws IOException {
        JsonNode kernels = json(http.get("/api/kernels"));
        assertEquals(Backends.kernels("cpu").size(), kernels.get("kernels").size());
        for (JsonNode name : kernels.get("kernels")) {
            JsonNode lines = json(http.get("/api/kernels/" + name.asText())).get("lines");
            assertEquals(Backends.listing("cpu", name.asText()).lines().count(), lines.size());
            JsonNode last = lines.get(lines.size() - 1);
            assertTrue(!last.get("bytes").asText().isEmpty()
                    && !last.get("comment").asText().isEmpty());
        }
        assertEquals(404, http.get("/api/kernels/tile99").status());
    }

    @Test
    void theMachine() throws IOException {
        JsonNode run = run("{\"kind\": \"machine\", \"model\": \"clip-mini\", \"picture\": \"cat\"}");
        boolean scope = false;
        for (JsonNode span : run.get("spans")) {
            assertTrue(span.get("start").asDouble() <= span.get("end").asDouble());
            scope |= span.get("name").asText().equals("vision_model")
                    && span.get("depth").asInt() == 0;
        }
        assertTrue(scope);
        assertTrue(run.get("operations").size() > 1);
        assertTrue(run.get("weights").size() > run.get("operations").size());
        JsonNode machine = json(http.get("/api/machine"));
        assertTrue(machine.get("peakFlops").asDouble() > 1e8, machine.toString());
        assertTrue(machine.get("peakBytes").asDouble() > 1e7, machine.toString());
        assertTrue(json(http.get("/api/weights?model=clip-mini")).size() > 100);
        JsonNode statistics = json(http.get("/api/weights/histogram?model=clip-mini&name=visual_projection.weight"))
                .get("statistics");
        assertEquals(192 * 192, statistics.get("count").asInt());
        assertEquals(64, statistics.get("bins").size());
        assertEquals(0, statistics.get("errors").get(0).get("relative").asDouble()); // it is stored in f16
        assertTrue(statistics.get("errors").get(1).get("relative").asDouble() > 1e-4);
        assertTrue(statistics.get("errors").get(2).get("relative").asDouble() > 1e-3);
        assertEquals(
                404,
                http.get("/api/weights/histogram?model=clip-mini&name=nothing").status());
        JsonNode precisions = run("{\"kind\": \"precision\", \"model\": \"clip-mini\", \"picture\": \"cat\","
                        + " \"labels\": [\"a cat\"]}")
                .get("precisions");
        assertEquals("f32", precisions.get(0).get("compute").asText());
        assertEquals(0, precisions.get(0).get("change").asDouble(), 1e-6);
        assertTrue(precisions.get(3).get("change").asDouble() > 0);
        JsonNode caption = run("{\"kind\": \"machine\", \"model\": \"blip-mini\", \"picture\": \"frog-and-tree\"}");
        assertTrue(caption.get("spans").size() > 50);
    }

    @Test
    void aBrokenModelIsALine(@TempDir Path folder) throws IOException {
        Path clip = Models.folder("clip-mini", LoadOptions.DEFAULTS);
        List<Path> files;
        try (Stream<Path> all = Files.list(clip)) {
            files = all.toList();
        }
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            boolean weights = file.toString().endsWith(".safetensors");
            Files.write(
                    folder.resolve(file.getFileName().toString()),
                    weights ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
        }
        FoveaStudio.Builder builder = FoveaStudio.builder().port(0).model("broken", folder, LoadOptions.DEFAULTS);
        FoveaException broken = assertThrows(FoveaException.class, builder::start);
        assertTrue(broken.getMessage().contains("model.safetensors"), broken.getMessage());
    }

    @Test
    void lessonsAreHandedOut() throws IOException {
        JsonNode lessons = json(http.get("/api/lessons"));
        assertTrue(lessons.size() > 0);
        for (JsonNode lesson : lessons) {
            JsonNode whole = json(http.get("/api/lessons/" + lesson.get("name").asText()));
            assertEquals(lesson.get("steps").asInt(), whole.get("steps").size());
        }
        assertEquals(404, http.get("/api/lessons/..%2Findex").status());
        assertEquals(404, http.get("/api/lessons/nothing").status());
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        String clip = "{\"kind\": \"clip\", \"model\": \"clip-mini\", \"picture\": \"cat\", ";
        for (String[] wrong : new String[][] {
            {"{\"kind\": \"odd\"}", "400", "there is no run of the kind"},
            {"{}", "400", "kind is missing"},
            {"{\"kind\": \"clip\", \"picture\": \"cat\"}", "400", "model is missing"},
            {"{\"kind\": \"clip\", \"model\": \"clip-mini\", \"picture\": \"dog\"}", "404", "drop it on the page"},
            {"{\"kind\": \"clip\", \"model\": \"florence-mini\", \"picture\": \"cat\"}", "409", "choose clip-mini"},
            {clip + "\"labels\": []}", "400", "labels has 0 elements"},
            {clip + "\"beams\": 0}", "400", "beams is 0"},
            {clip + "\"labels\": [\"" + "x".repeat(20_000) + "\"]}", "400", "characters"},
            {"{\"kind\": \"occlusion\", \"run\": \"r999\"}", "404", "start it again"}
        }) {
            Raw answer = http.post("/api/runs", wrong[0]);
            assertEquals(Integer.parseInt(wrong[1]), answer.status(), wrong[0] + answer.text());
            assertTrue(answer.text().contains(wrong[2]), answer.text());
        }
        Raw blank = http.post("/api/runs", clip + "\"labels\": [\" \"]}");
        assertTrue(RawHttp.events(blank, "error").getFirst().contains("labels are missing"), blank.text());
    }

    /** One run goes on, eight wait, the next one is refused at once; runs whose page is gone are stopped. */
    @Test
    void eightWaitAndTheNextIsRefused() throws IOException, InterruptedException {
        String run = frog().get("run").asText();
        byte[] body = ("{\"kind\": \"curves\", \"run\": \"" + run + "\", \"steps\": 64, \"maps\":"
                        + " [\"rollout\", \"rollout\", \"rollout\", \"rollout\", \"rollout\", \"rollout\"]}")
                .getBytes(StandardCharsets.UTF_8);
        List<Socket> open = new ArrayList<>();
        try {
            boolean refused = false;
            for (int i = 0; i < 12 && !refused; i++) {
                Socket socket = http.open(
                        "POST /api/runs HTTP/1.1",
                        List.of(
                                http.host(),
                                http.cookie(),
                                http.origin(),
                                "X-Fovea: 1",
                                "Content-Type: application/json",
                                "Content-Length: " + body.length));
                open.add(socket);
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
                byte[] head = socket.getInputStream().readNBytes("HTTP/1.1 429".length());
                refused = new String(head, StandardCharsets.US_ASCII).endsWith("429");
                assertTrue(!refused || i >= 9, "refused after " + i);
            }
            assertTrue(refused);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        int status = 429;
        for (int i = 0; i < 100 && status == 429; i++) {
            Thread.sleep(100); // a page that is gone is noticed within half a second
            status = http.post("/api/runs", "{\"kind\": \"occlusion\", \"run\": \"" + run + "\"}")
                    .status();
        }
        assertEquals(200, status);
    }
}
