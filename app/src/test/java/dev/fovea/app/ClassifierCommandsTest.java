package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.LabelScore;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** classify and inspect with models that have classes of their own, and with CLIP's ResNets. */
class ClassifierCommandsTest {

    @TempDir
    static Path directory;

    private static Path resNet;
    private static Path vit;
    private static Path picture;

    @BeforeAll
    static void prepare() throws IOException {
        resNet = TinyClassifier.write(directory.resolve("resnet"), TinyClassifier.RESNET);
        vit = TinyClassifier.write(directory.resolve("vit"), TinyClassifier.VIT);
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x3366CC);
    }

    @Test
    void jsonIsWhatTheLibrarySays() throws IOException {
        JsonNode json =
                Ran.fovea("classify", "--json", "--model", resNet, picture).json();
        List<LabelScore> expected;
        try (ImageClassifier classifier = ImageClassifier.load(resNet)) {
            expected = classifier.classify(Picture.read(picture));
        }
        assertEquals(resNet.toString(), json.get("model").asText());
        assertEquals(picture.toString(), json.get("image").asText());
        assertEquals(3, json.get("results").size());
        for (int i = 0; i < 3; i++) {
            JsonNode result = json.get("results").get(i);
            assertEquals(expected.get(i).label(), result.get("label").asText());
            assertEquals(
                    expected.get(i).score(),
                    Float.parseFloat(result.get("score").asText()));
            assertEquals(
                    expected.get(i).logit(),
                    Float.parseFloat(result.get("logit").asText()));
        }
    }

    @Test
    void peopleSeeTheBestFive() throws IOException {
        Ran ran = Ran.fovea("classify", "--model", vit, picture);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(5, ran.out().lines().count(), ran.out());
        assertEquals(
                2,
                Ran.fovea("classify", "--model", vit, picture, "--top", "2")
                        .out()
                        .lines()
                        .count());
        JsonNode all = Ran.fovea("classify", "--json", "--model", vit, picture).json();
        assertEquals(7, all.get("results").size());
    }

    /** What the layer of classes reads is an embedding, where the model was made for it. */
    @ParameterizedTest
    @ValueSource(strings = {TinyClassifier.DINOV2, TinyClassifier.CONVNEXT_OF_TIMM})
    void classifiersOfDinoAndTimmEmbedToo(String config, @TempDir Path folder) throws IOException {
        Path model = TinyClassifier.write(folder.resolve("model"), config);
        Ran ran = Ran.fovea("embed", "--json", "--model", model, picture);
        assertEquals("", ran.err());
        JsonNode vector = ran.json().get("embeddings").get(0).get("vector");
        try (Clip clip = Clip.load(model)) {
            float[] expected = clip.embed(Picture.read(picture));
            assertEquals(8, vector.size());
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], (float) vector.get(i).asDouble());
            }
        }
        assertEquals(
                3,
                Ran.fovea("classify", "--json", "--model", model, picture)
                        .json()
                        .get("results")
                        .size());
        ErrorsTest.assertOneLine(
                Ran.fovea("embed", "--model", vit, picture), "a classifier with classes of its own", "needs a CLIP");
    }

    @Test
    void aFolderOfOpenClipIsToldWhatToDo(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("open_clip_config.json"), "{\"model_cfg\": {}}");
        ErrorsTest.assertOneLine(
                Ran.fovea("embed", "--model", folder, picture),
                "this is open_clip's layout; make a folder that loads with 'fovea convert " + folder + " OUT'");
    }

    @Test
    void labelsAndClassesDoNotGoTogether() throws IOException {
        Ran labels = Ran.fovea("classify", "--model", resNet, picture, "a cat");
        ErrorsTest.assertOneLine(labels, "classes of its own", "leave labels and templates out");
        Ran template = Ran.fovea("classify", "--model", resNet, picture, "--template", "a {}");
        ErrorsTest.assertOneLine(template, "classes of its own");
        Path file = Files.writeString(directory.resolve("labels.txt"), "a cat\n");
        ErrorsTest.assertOneLine(Ran.fovea("classify", "--model", vit, picture, "--labels", file), "reads no texts");
        Ran none = Ran.fovea("classify", "--model", TinyClip.write(directory.resolve("clip")), picture);
        assertEquals(2, none.exit());
        assertTrue(none.err().startsWith("fovea: classify needs at least one LABEL"), none.err());
        ErrorsTest.assertOneLine(Ran.fovea("embed", "--model", resNet, "--image", picture), "embed needs a CLIP");
    }

    @Test
    void inspectKnowsThem() throws IOException {
        for (Path model : List.of(resNet, vit)) {
            JsonNode json = Ran.fovea("inspect", "--json", model).json();
            assertTrue(json.get("checked").asBoolean());
            assertTrue(json.get("missing").isEmpty() && json.get("unexpected").isEmpty());
        }
        String people = Ran.fovea("inspect", resNet).out();
        assertTrue(people.contains("ResNet, 1/1 bottlenecks, 8/16 wide"), people);
        assertTrue(people.contains("classes\t3"), people);
        String gone = "resnet.encoder.stages.1.layers.0.layer.1.normalization.running_mean";
        Path gaps = TinyClassifier.write(directory.resolve("gaps"), TinyClassifier.RESNET, gone);
        JsonNode json = Ran.fovea("inspect", "--json", gaps).json();
        assertEquals(gone, json.get("missing").get(0).asText());
        ErrorsTest.assertOneLine(Ran.fovea("classify", "--model", gaps, picture), gone + "\" is missing");
    }

    @Test
    void clipWithAResNetIsAClip() throws IOException {
        Path clip = TinyClip.writeResNet(directory.resolve("clip-resnet"));
        JsonNode json = Ran.fovea("classify", "--json", "--model", clip, picture, "a", "b")
                .json();
        assertEquals(2, json.get("results").size());
        String people = Ran.fovea("inspect", clip).out();
        assertTrue(people.contains("ResNet, 1/1/1/1 bottlenecks, 2 wide after the stem"), people);
        assertTrue(people.contains("missing\tnone"), people);
        String gone = "vision_model.bn3.running_var";
        Path gaps = TinyClip.writeResNet(directory.resolve("clip-gaps"), gone);
        JsonNode report = Ran.fovea("inspect", "--json", gaps).json();
        assertEquals(gone, report.get("missing").get(0).asText());
    }
}
