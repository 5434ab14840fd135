package dev.fovea.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Captioner;
import dev.fovea.models.Detection;
import dev.fovea.models.LabelScore;
import dev.fovea.models.Vectors;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Uses the library as a stranger would: classify, embed, caption as it is written, detect and draw, in some 40 lines.
 */
class CookbookTest {

    @Test
    void theFiveThingsThatPeopleDo(@TempDir Path folder) {
        Picture frog = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
        Picture octopus = Picture.read(Path.of("../examples/pictures/octopus.png"));

        try (Clip clip = Clip.load("clip-mini")) {
            // Classify with labels of your own, which are embedded once.
            var animals = clip.classifier(List.of("frog", "octopus", "elephant"), List.of("a {}", "a picture of a {}"));
            List<LabelScore> best = animals.classify(octopus);
            assertEquals("octopus", best.getFirst().label());

            // Embed, compare, find the nearest.
            List<float[]> index = clip.embedAll(List.of(frog, octopus));
            assertEquals(
                    1,
                    Vectors.nearest(clip.embed("an octopus"), index, 1)
                            .getFirst()
                            .index());
            assertTrue(Vectors.cosine(index.get(0), clip.embed(frog)) > 0.99);
        }

        // Caption, as the text is written.
        StringBuilder seen = new StringBuilder();
        try (Captioner captioner = BlipCaptioner.load("blip-mini")) {
            String caption = captioner.caption(frog, seen::append);
            assertEquals(caption, seen.toString());
            assertFalse(caption.isBlank());
        }

        // Detect and draw.
        Path drawn = folder.resolve("found.png");
        try (Florence2 florence = Florence2.load("florence-mini")) {
            List<Detection> things = florence.detect(frog);
            assertTrue(things.stream().anyMatch(thing -> thing.label().contains("frog")), things.toString());
            Drawing.of(frog, things).write(drawn);
        }
        assertTrue(Files.exists(drawn));
        assertEquals(frog.width(), Picture.read(drawn).toImage().getWidth());
    }
}
