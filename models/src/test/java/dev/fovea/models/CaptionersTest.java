package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.florence.Florence2;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptionersTest {

    @TempDir
    private Path folder;

    @Test
    void opensABlip() {
        try (Captioner captioner = Captioners.load(SmallModel.CAPTIONER.copy(folder))) {
            assertInstanceOf(BlipCaptioner.class, captioner);
            assertEquals(1, captioner.captionAll(List.of(SmallModel.picture())).size());
        }
    }

    @Test
    void opensAFlorenceByName() {
        try (Captioner captioner =
                Captioners.load(SmallModel.FLORENCE.copy(folder).toString())) {
            assertInstanceOf(Florence2.class, captioner);
        }
    }

    /** As the small BLIP that ships with Fovea is laid out. */
    @Test
    void opensTheCaptionerOfAFolderOfSeveral() throws IOException {
        SmallModel.MATCHER.copy(Files.createDirectory(folder.resolve("matcher")));
        SmallModel.CAPTIONER.copy(Files.createDirectory(folder.resolve("captioner")));
        try (Captioner captioner = Captioners.load(folder.toString())) {
            assertInstanceOf(BlipCaptioner.class, captioner);
        }
    }

    @ParameterizedTest
    @CsvSource({"CLIP, a CLIP", "VIT, a classifier with classes of its own (vit)", "ANSWERER, a BLIP for questions"})
    void refusesOthers(SmallModel model, String label) {
        model.copy(folder);
        String error = assertThrows(ModelException.class, () -> Captioners.load(folder))
                .getMessage();
        assertEquals(
                folder + " is " + label + ", which writes no captions; use a BLIP for captions or a Florence-2", error);
    }

    @Test
    void namesAnUnknownType() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llava\"}");
        String error = assertThrows(ModelException.class, () -> Captioners.load(folder))
                .getMessage();
        assertTrue(error.contains(" is a model of type llava, which Fovea does not run; use a BLIP"), error);
    }

    /** Where nothing says what it is, the loader says what is missing. */
    @Test
    void saysWhatIsMissing() throws IOException {
        String none = assertThrows(FoveaException.class, () -> Captioners.load(folder.resolve("absent")))
                .getMessage();
        assertTrue(none.startsWith("no model folder "), none);
        String empty = assertThrows(FoveaException.class, () -> Captioners.load(folder))
                .getMessage();
        assertTrue(empty.contains("no config.json here"), empty);
        Files.writeString(folder.resolve("config.json"), "{}");
        String unnamed = assertThrows(FoveaException.class, () -> Captioners.load(folder))
                .getMessage();
        assertTrue(unnamed.contains("model_type"), unnamed);
    }
}
