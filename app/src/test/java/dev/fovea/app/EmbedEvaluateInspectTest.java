package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedEvaluateInspectTest {

    @TempDir
    static Path directory;

    private static Path model;
    private static Path red;
    private static Path blue;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        red = ClassifyCommandTest.picture(directory.resolve("red.png"), 0xFF0000);
        blue = ClassifyCommandTest.picture(directory.resolve("blue.png"), 0x0000FF);
    }

    @Test
    void vectorsComePicturesFirstAndReadBackExactly() throws IOException {
        JsonNode json = Ran.fovea(
                        "embed", "--json", "--model", model, "--text", "a", "--image", red, "--text", "b", "--image",
                        blue)
                .json();
        assertEquals(8, json.get("dimension").asInt());
        JsonNode embeddings = json.get("embeddings");
        assertEquals(4, embeddings.size());
        assertEquals(red.toString(), embeddings.get(0).get("image").asText());
        assertEquals(blue.toString(), embeddings.get(1).get("image").asText());
        assertEquals("a", embeddings.get(2).get("text").asText());
        assertEquals("b", embeddings.get(3).get("text").asText());
        try (Clip clip = Clip.load(model)) {
            List<float[]> pictures = clip.embedAll(List.of(Picture.read(red), Picture.read(blue)));
            List<float[]> texts = clip.embedTexts(List.of("a", "b"));
            for (int entry = 0; entry < 4; entry++) {
                float[] expected = entry < 2 ? pictures.get(entry) : texts.get(entry - 2);
                JsonNode vector = embeddings.get(entry).get("vector");
                assertEquals(8, vector.size());
                double squares = 0;
                for (int i = 0; i < 8; i++) {
                    assertEquals(expected[i], Float.parseFloat(vector.get(i).asText()));
                    squares += expected[i] * expected[i];
                }
                assertEquals(1, squares, 1e-5);
            }
        }
    }

    @Test
    void pipesGetAllNumbersBetweenTabs() {
        Ran ran = Ran.fovea("embed", "--model", model, "--image", red, "--text", "a\tb");
        assertEquals(0, ran.exit(), ran.err());
        String[] lines = ran.out().split("\n");
        assertEquals(2, lines.length, ran.out());
        assertTrue(lines[0].startsWith("image\t" + red + "\t"), lines[0]);
        assertTrue(lines[1].startsWith("text\ta\\tb\t"), lines[1]);
        assertEquals(2 + 8, lines[1].split("\t").length);
        Float.parseFloat(lines[1].split("\t")[9]);
    }

    @Test
    void peopleSeeHowAlikeTheyAre() {
        Style seen = new Style(true, false, 80, StandardCharsets.UTF_8);
        Ran ran = Ran.at(seen, "embed", "--model", model, "--image", red, "--text", "a", "--text", "a");
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(ran.out().contains(" 1.0000  a"), ran.out());
        assertEquals(8, ran.out().lines().count(), ran.out());
    }

    @Test
    void oneBadFolderCostsNoPicture() throws IOException {
        Path folder = directory.resolve("bad");
        Path first = ClassifyCommandTest.picture(folder.resolve("a.png"), 0xFF0000);
        Path second = ClassifyCommandTest.picture(folder.resolve("in/b.png"), 0x0000FF);
        Files.createFile(folder.resolve("c.heic"));
        Path loop = Files.createSymbolicLink(folder.resolve("in/up"), Path.of(".."));
        Path gone = Files.createSymbolicLink(folder.resolve("gone.jpg"), Path.of("nowhere.jpg"));
        Ran ran = Ran.fovea("embed", "--json", "--model", model, "--image", folder);
        assertEquals(1, ran.exit());
        JsonNode json = ran.json();
        List<String> good = List.of(first.toString(), second.toString());
        assertEquals(good, json.get("embeddings").findValuesAsText("image"));
        assertEquals(
                List.of(gone.toString(), loop.toString()),
                json.get("unreadable").findValuesAsText("image"));
        assertEquals("{\"HEIC\":1}", json.get("leftOut").toString());
        assertEquals(3, ran.err().lines().count(), ran.err());

        JsonNode classified = Ran.fovea("classify", "--json", "--model", model, folder, "x", "y")
                .json();
        assertEquals(good, classified.get("images").findValuesAsText("image"));
        assertEquals(2, classified.get("unreadable").size());
        assertEquals("{\"HEIC\":1}", classified.get("leftOut").toString());
        JsonNode evaluated =
                Ran.fovea("evaluate", "--json", "--model", model, folder).json();
        assertEquals(1, evaluated.get("pictures").asInt());
        assertEquals(1, evaluated.get("unreadable").size());
    }

    @Test
    void embedTakesPicturesWithoutAnOption() throws IOException {
        JsonNode json = Ran.fovea("embed", "--json", "--model", model, red, blue, "--image", red)
                .json();
        assertEquals(
                List.of(red.toString(), blue.toString(), red.toString()),
                json.get("embeddings").findValuesAsText("image"));
    }

    @Test
    void accuracyIsCounted() throws IOException {
        Path folder = directory.resolve("classes");
        String bestRed = best(red, "warm thing", "cold");
        String other = bestRed.equals("cold") ? "warm thing" : "cold";
        ClassifyCommandTest.picture(folder.resolve(bestRed.replace(' ', '_') + "/right.png"), 0xFF0000);
        ClassifyCommandTest.picture(folder.resolve(other.replace(' ', '_') + "/wrong.png"), 0xFF0000);
        ClassifyCommandTest.picture(folder.resolve(other.replace(' ', '_') + "/wrong too.png"), 0xFF0000);
        Files.createDirectories(folder.resolve(".git"));
        Ran ran = Ran.fovea("evaluate", "--json", "--model", model, folder);
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(2, json.get("classes").asInt());
        assertEquals(3, json.get("pictures").asInt());
        assertEquals(1 / 3.0, json.get("top1").asDouble(), 1e-12);
        assertEquals(1.0, json.get("top5").asDouble());
        for (JsonNode each : json.get("perClass")) {
            boolean right = each.get("label").asText().equals(bestRed);
            assertEquals(right ? 1 : 2, each.get("pictures").asInt());
            assertEquals(right ? 1.0 : 0.0, each.get("top1").asDouble());
        }
        Ran plain = Ran.fovea("evaluate", "--model", model, folder);
        assertEquals("pictures\t3\nclasses\t2\ntop-1\t33.3%\ntop-5\t100.0%\n", plain.out());
        Ran seen = Ran.at(new Style(true, false, 80, StandardCharsets.UTF_8), "evaluate", "--model", model, folder);
        assertTrue(seen.out().startsWith("3 pictures, 2 classes\ntop-1   33.3%  "), seen.out());
    }

    private String best(Path picture, String... labels) throws IOException {
        return Ran.fovea("classify", "--json", "--model", model, picture, labels[0], labels[1])
                .json()
                .get("results")
                .get(0)
                .get("label")
                .asText();
    }

    @Test
    void inspectCountsAndFindsNothingWrong() throws IOException {
        JsonNode json = Ran.fovea("inspect", "--json", model).json();
        assertEquals("clip", json.get("architecture").asText());
        long parameters = 0;
        for (JsonNode tensor : json.get("tensors")) {
            long elements = 1;
            for (JsonNode extent : tensor.get("shape")) {
                elements *= extent.asLong();
            }
            assertEquals("F32", tensor.get("dtype").asText());
            parameters += elements;
        }
        assertEquals(parameters, json.get("parameters").asLong());
        assertEquals(
                Files.size(model.resolve("model.safetensors")),
                json.get("bytes").asLong());
        assertTrue(json.get("missing").isEmpty()
                && json.get("unexpected").isEmpty()
                && json.get("misshapen").isEmpty());
        Ran plain = Ran.fovea("inspect", model);
        assertTrue(plain.out().startsWith("model\t" + model + "\narchitecture\tclip\n"), plain.out());
        assertTrue(plain.out().contains("1 layers, 12 wide, 2 heads"), plain.out());
        Style style = new Style(true, false, 80, StandardCharsets.UTF_8);
        assertTrue(Ran.at(style, "inspect", model).out().startsWith(model + "  clip\n"));
    }

    @Test
    void inspectFindsWhatIsWrong() throws IOException {
        Path folder = TinyClip.write(directory.resolve("gaps"), Set.of("text_model.final_layer_norm.bias"));
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"projection_dim\": 8", "\"projection_dim\": 9"));
        JsonNode json = Ran.fovea("inspect", "--json", folder).json();
        assertEquals(
                "text_model.final_layer_norm.bias", json.get("missing").get(0).asText());
        assertEquals(1, json.get("missing").size());
        JsonNode misshapen = json.get("misshapen").get(0);
        assertEquals("[8,12]", misshapen.get("shape").toString());
        assertEquals("[9,12]", misshapen.get("expected").toString());
        Files.writeString(
                config, Files.readString(config).replace("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 1000000"));
        assertEquals(0, Ran.fovea("inspect", folder).exit());
        Files.writeString(config, Files.readString(config).replace("1000000", "1000000000"));
        Ran refused = Ran.fovea("inspect", folder);
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("num_hidden_layers is 1000000000, expected"), refused.err());
    }

    @Test
    void inspectListsWhatItCannotRun() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("other"));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llava\"}");
        new SafetensorsWriter()
                .add("a.weight", DType.BF16, Shape.of(2, 3), MemorySegment.ofArray(new byte[12]))
                .add("ids", DType.I64, Shape.of(4), MemorySegment.ofArray(new byte[32]))
                .write(folder.resolve("model.safetensors"));
        JsonNode json = Ran.fovea("inspect", "--json", folder).json();
        assertEquals("llava", json.get("architecture").asText());
        assertEquals(6, json.get("parameters").asLong());
        assertEquals("{\"BF16\":1,\"I64\":1}", json.get("dtypes").toString());
        assertFalse(json.get("checked").asBoolean());
        Ran bare = Ran.fovea("inspect", folder.resolve("model.safetensors"));
        assertEquals(0, bare.exit(), bare.err());
        assertTrue(bare.out().contains("\na.weight\tBF16\t[2, 3]\n"), bare.out());
        Style style = new Style(true, false, 80, StandardCharsets.UTF_8);
        String seen = Ran.at(style, "inspect", folder).out();
        assertTrue(seen.contains("  a.weight  BF16    [2, 3]\n"), seen);
    }
}
