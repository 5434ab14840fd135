package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.app.terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands below {@code evaluate}, on the embedded models and on answers that the data has. */
class EvaluateKindsTest {

    private static final Path PICTURES = Path.of("../examples/pictures");

    @TempDir
    static Path directory;

    @BeforeAll
    static void pictures() throws IOException {
        for (String name : List.of("octopus", "elephant", "two-mushrooms", "frog-and-tree", "mushrooms-and-word")) {
            Files.copy(PICTURES.resolve(name + ".png"), directory.resolve(name + ".png"));
        }
        Files.writeString(directory.resolve("broken.png"), "no picture");
    }

    private static Path write(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private static JsonNode metrics(Object... arguments) throws IOException {
        Object[] all = new Object[arguments.length + 2];
        all[0] = "evaluate";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--json";
        Ran ran = Ran.fovea(all);
        assertEquals(0, ran.exit(), ran.err());
        return ran.json();
    }

    private static double metric(JsonNode json, String name) {
        assertTrue(json.get("metrics").has(name), name + " of " + json);
        return json.get("metrics").get(name).asDouble();
    }

    @Test
    void zeroShotGoesOnAfterABrokenPicture() throws IOException {
        Path data = write(
                "classes.csv",
                "image,label\noctopus.png,octopus\nelephant.png,elephant\nbroken.png,octopus\ngone.png,elephant\n");
        Path examples = directory.resolve("zero-shot.jsonl");
        Path sheet = directory.resolve("zero-shot.html");
        Ran ran = Ran.fovea(
                "evaluate",
                "zero-shot",
                data,
                "--template",
                "a drawing of a {}",
                "--examples",
                examples,
                "--sheet",
                sheet,
                "--json");
        assertEquals(1, ran.exit());
        JsonNode json = ran.json();
        assertEquals("clip-mini", json.get("model").asText());
        assertEquals(1, metric(json, "top1"));
        assertFalse(json.get("metrics").has("top5"));
        assertEquals(2, json.get("examples").asInt());
        assertEquals(2, json.get("intervals").get("top1").size());
        assertEquals(
                List.of(
                        directory.resolve("broken.png").toString(),
                        directory.resolve("gone.png").toString()),
                json.get("unreadable").findValuesAsText("image"));
        assertEquals(2, ran.err().lines().count(), ran.err());
        List<String> lines = Files.readAllLines(examples);
        assertEquals(2, lines.size());
        assertEquals(
                "octopus",
                new ObjectMapper().readTree(lines.getFirst()).get("predicted").asText());
        assertTrue(Files.readString(sheet).contains("data:image/jpeg;base64,"));
    }

    @Test
    void zeroShotReadsFoldersAndArchives() throws IOException {
        for (String name : List.of("octopus", "elephant")) {
            Path folder = Files.createDirectories(directory.resolve("classes").resolve(name));
            Files.copy(directory.resolve(name + ".png"), folder.resolve("1.png"));
        }
        Files.createDirectories(directory.resolve("classes/no_picture"));
        Files.createFile(directory.resolve("classes/octopus/2.heic"));
        JsonNode folder = metrics("zero-shot", directory.resolve("classes"));
        assertEquals(1, metric(folder, "mean_per_class"));
        assertEquals("{\"HEIC\":1}", folder.get("leftOut").toString());
        assertEquals(1, folder.get("remarks").size());

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (String name : List.of("octopus.png", "elephant.png")) {
                add(tar, name, Files.readAllBytes(directory.resolve(name)));
                add(tar, name.replace("png", "cls"), (name.startsWith("o") ? "1" : "0").getBytes());
            }
        }
        Path archive = Files.write(directory.resolve("classes.tar"), bytes.toByteArray());
        ByteArrayOutputStream other = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(other)) {
            add(tar, "3.avif", new byte[3]);
            add(tar, "3.cls", "octopus".getBytes());
            add(tar, "octopus.png", Files.readAllBytes(directory.resolve("octopus.png")));
            add(tar, "octopus.cls", "octopus".getBytes());
        }
        Path passed = Files.write(directory.resolve("passed.tar"), other.toByteArray());
        Ran ran = Ran.fovea("evaluate", "zero-shot", passed, "--json");
        assertEquals(1, ran.exit());
        assertEquals("3", ran.json().get("unreadable").get(0).get("image").asText());
        assertEquals(1, ran.json().get("examples").asInt());
        Path labels = write("labels.txt", "elephant\noctopus\nbicycle\nguitar\nsunflower\nfrog\n");
        JsonNode json = metrics("zero-shot", archive, "--labels", labels);
        assertEquals(1, metric(json, "top1"));
        assertEquals(1, metric(json, "top5"));
        assertEquals("octopus", json.get("parts").get(1).get("name").asText());
        Ran unknown = Ran.fovea("evaluate", "zero-shot", archive, "--labels", write("few.txt", "elephant\n"));
        assertEquals(1, unknown.exit());
        assertTrue(unknown.err().contains("its label \"1\" is not among the labels"), unknown.err());
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    @Test
    void retrievalGoesBothWays() throws IOException {
        Path data = write("pairs.jsonl", """
                {"image":"octopus.png","texts":["an octopus","a drawing of an octopus"]}
                {"image":"elephant.png","text":"an elephant"}
                {"image":"elephant.png","text":"an octopus"}
                """);
        JsonNode json = metrics("retrieval", data);
        assertEquals(0.75, metric(json, "text_to_image_recall@1"));
        assertEquals(4, json.get("examples").asInt());
        assertEquals(
                3, metrics("retrieval", data, "--captions", "1").get("examples").asInt() + 1);
    }

    @Test
    void captionsAreWrittenOrGiven() throws IOException {
        Path data = write("captions.jsonl", """
                {"image":"octopus.png","references":["an octopus","a drawing of an octopus"]}
                {"image":"elephant.png","references":["an elephant"]}
                """);
        JsonNode json = metrics("captions", data, "--clip", "clip-mini");
        assertEquals("blip-mini", json.get("model").asText());
        assertTrue(metric(json, "cider") > 0.5, json.toString());
        assertTrue(metric(json, "clip_score") > 0, json.toString());
        // Without any picture, since the captions are there.
        Path given = write("given.jsonl", """
                {"image":"nowhere/1.png","references":["a cat sits on a mat","the cat is on the mat"],\
                "caption":"a cat on a mat"}
                {"image":"nowhere/2.png","references":["two dogs run in the park","dogs running outside"],\
                "caption":"a dog runs in the park"}
                {"image":"nowhere/3.png","references":["a red car","a car parked on a street"],\
                "caption":"a red car parked on the street"}
                """);
        json = metrics("captions", given);
        assertFalse(json.has("model"));
        assertEquals(2.6319348760, metric(json, "cider"), 1e-9);
        assertEquals(0.7777777777, metric(json, "bleu_1"), 1e-9);
        Ran plain = Ran.fovea("evaluate", "captions", given);
        assertTrue(plain.out().startsWith("examples\t3\ncider\t2.6319\nbleu_1\t0.7778\n"), plain.out());
        Ran seen = Ran.at(new Style(true, false, 80, StandardCharsets.UTF_8), "evaluate", "captions", given);
        assertTrue(seen.out().startsWith("3 examples\ncider      2.6319\n"), seen.out());
        Path some = write("some.jsonl", Files.readString(given).replaceFirst(",\"caption\":\"[^\"]*\"", ""));
        Ran mixed = Ran.fovea("evaluate", "captions", some);
        assertEquals(1, mixed.exit());
        assertTrue(mixed.err().contains("2 of 3 examples have a field caption"), mixed.err());
        Ran missing = Ran.fovea("evaluate", "captions", given, "--clip", "clip-mini");
        assertEquals(1, missing.exit());
        assertTrue(missing.err().contains("nothing to evaluate"), missing.err());
    }

    @Test
    void questionsAreAnsweredOrGiven() throws IOException {
        Path data = write("questions.jsonl", """
                {"image":"octopus.png","question":"what animal is this?","answers":["octopus","octopus","squid"]}
                {"image":"octopus.png","question":"how many animals are there?","answers":["1"]}
                {"image":"elephant.png","question":"what animal is this?","answers":["elephant"]}
                """);
        JsonNode json = metrics("answers", data);
        assertTrue(metric(json, "vqa_accuracy") > 0.6, json.toString());
        assertEquals(3, json.get("examples").asInt());
        Files.createDirectories(directory.resolve("folder"));
        Files.copy(directory.resolve("octopus.png"), directory.resolve("folder/1.png"));
        Path folder = write("folder.jsonl", Files.readString(data).replaceFirst("octopus.png", "folder"));
        Ran ran = Ran.fovea("evaluate", "answers", folder, "--json");
        assertEquals(1, ran.exit());
        assertEquals(2, ran.json().get("examples").asInt());
        assertTrue(ran.err().contains("is a folder, expected a picture"), ran.err());
        Path labelled = write("labelled.csv", "image,label\nfolder,octopus\nelephant.png,elephant\n");
        ran = Ran.fovea("evaluate", "zero-shot", labelled, "--json");
        assertEquals(1, ran.json().get("examples").asInt());
        assertEquals(1, ran.json().get("unreadable").size());
        Path questions = write("q.json", "{\"questions\":[{\"question_id\":1,\"image_id\":7,\"question\":\"what?\"}]}");
        Path annotations = write(
                "a.json",
                "{\"annotations\":[{\"question_id\":1,\"answers\":[{\"answer\":\"octopus\"}],"
                        + "\"answer_type\":\"other\"}]}");
        Files.copy(directory.resolve("octopus.png"), directory.resolve("p_007.png"));
        json = metrics(
                "answers",
                annotations,
                "--questions",
                questions,
                "--images",
                directory.resolve("p_{03}.png"),
                "--official");
        assertEquals("other", json.get("parts").get(0).get("name").asText());
    }

    @Test
    void florenceIsMeasured() throws IOException {
        Path coco = write("coco.json", """
                {"images":[{"id":1,"file_name":"frog-and-tree.png"},{"id":7,"file_name":"two-mushrooms.png"}],
                 "categories":[{"id":3,"name":"Frog"},{"id":9,"name":"mushroom"}],
                 "annotations":[{"id":1,"image_id":1,"category_id":3,"bbox":[0,33,92,105],"area":9660},
                                {"id":2,"image_id":7,"category_id":9,"bbox":[12,26,69,96],"area":6624}]}
                """);
        JsonNode json = metrics("detection", coco);
        assertEquals("florence-mini", json.get("model").asText());
        assertTrue(metric(json, "ap50") > 0.9, json.toString());
        Path results =
                write("results.json", "[{\"image_id\":1,\"category_id\":3,\"bbox\":[0,33,92,105],\"score\":0.9}]");
        json = metrics("detection", coco, "--predictions", results);
        assertEquals(0.5, metric(json, "ap"), 1e-9);
        assertFalse(json.has("model"));

        Path phrases = write("phrases.jsonl", """
                {"image":"two-mushrooms.png","phrase":"a mushroom","box":[12,26,81,122]}
                {"image":"frog-and-tree.png","phrase":"a frog","box":[0,33,92,138]}
                """);
        assertEquals(1, metric(metrics("grounding", phrases), "accuracy@0.5"));
        Path outlines = write(
                "outlines.jsonl",
                "{\"image\":\"frog-and-tree.png\",\"expression\":\"frog\",\"polygons\":[[0,33,92,33,92,138,0,138]]}\n");
        assertTrue(metric(metrics("segmentation", outlines), "miou") > 0.3);
        Path signs = write("signs.csv", "image,text\nmushrooms-and-word.png,PALETTE\n");
        assertTrue(metric(metrics("ocr", signs), "one_minus_ned") > 0.5);
    }

    @Test
    void groupsAreMeasured() throws IOException {
        Path data = write("bias.json", """
                {"pictures":[{"image":"octopus.png","group":"sea","label":"octopus"},
                             {"image":"elephant.png","group":"land","label":"elephant"}],
                 "unwanted":["trash can"],"queries":["an animal"],
                 "associations":[{"name":"sea and land","x":{"texts":["octopus","squid"]},
                   "y":{"texts":["elephant","lion"]},"a":{"images":["octopus.png"]},"b":{"images":["elephant.png"]}}]}
                """);
        JsonNode json = metrics("bias", data);
        assertEquals(0, metric(json, "gap"));
        assertEquals(0, metric(json, "unwanted"));
        assertTrue(metric(json, "effect sea and land") > 1);
        Path broken = write("broken.json", Files.readString(data).replace("\"elephant.png\"", "\"broken.png\""));
        Ran ran = Ran.fovea("evaluate", "bias", broken, "--json");
        assertEquals(1, ran.exit());
        assertEquals(1, ran.json().get("unreadable").size());
        assertTrue(ran.json().get("remarks").toString().contains("is left out"));
    }

    @Test
    void wrongUsageIsNamed() throws IOException {
        Path data = write("usage.jsonl", "{\"image\":\"octopus.png\",\"text\":\"x\"}\n");
        Ran none = Ran.fovea("evaluate");
        assertEquals(2, none.exit());
        assertTrue(none.err().contains("'FOLDER', or one of zero-shot, retrieval, captions"), none.err());
        Ran over = Ran.fovea("evaluate", "ocr", data, "--examples", data);
        assertEquals(2, over.exit());
        assertTrue(over.err().contains("would write over the data"), over.err());
        Ran nowhere = Ran.fovea("evaluate", "ocr", data, "--sheet", directory.resolve("no/sheet.html"));
        assertEquals(1, nowhere.exit());
        assertTrue(nowhere.err().contains("no such folder"), nowhere.err());
        Ran before = Ran.fovea("evaluate", "--template", "a {}", "zero-shot", data);
        assertEquals(2, before.exit());
        assertTrue(before.err().contains("--template stands before zero-shot"), before.err());
        Ran both = Ran.fovea("evaluate", directory, "zero-shot", data);
        assertEquals(2, both.exit());
        assertTrue(both.err().contains("FOLDER stands before zero-shot"), both.err());
        assertEquals(
                2,
                Ran.fovea("evaluate", "captions", data, "--return-sequences", "2")
                        .exit());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zero-shot",
                "retrieval",
                "captions",
                "answers",
                "detection",
                "grounding",
                "segmentation",
                "ocr",
                "bias"
            })
    void badDataIsOneLine(String kind) throws IOException {
        for (String content : List.of("", "{}", "{\"image\":", "[]", "{\"image\":\"octopus.png\"}")) {
            for (String ending : List.of("jsonl", "json")) {
                Ran ran = Ran.fovea("evaluate", kind, write("bad." + ending, content));
                assertEquals(1, ran.exit(), content);
                assertEquals("", ran.out());
                assertEquals(1, ran.err().lines().count(), ran.err());
                assertTrue(ran.err().contains("bad." + ending), ran.err());
                assertFalse(ran.err().contains("internal error"), ran.err());
            }
        }
        Ran gone = Ran.fovea("evaluate", kind, directory.resolve("gone.json"));
        assertEquals(1, gone.exit());
        assertEquals(1, gone.err().lines().count(), gone.err());
    }
}
