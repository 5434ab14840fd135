package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What the embedded Florence-2 finds in its scenes among the example pictures: they were drawn from art that its
 * training never saw.
 */
class FlorenceMiniTest {

    private static final Path PICTURES = Path.of("../examples/pictures");
    private static final Path THINGS = PICTURES.resolve("trumpet-boot-and-key.png");
    private static final Path WORD = PICTURES.resolve("mushrooms-and-word.png");

    private static final Rectangle TRUMPET = new Rectangle(65, 11, 155, 154);
    private static final Rectangle BOOT = new Rectangle(84, 192, 165, 178);
    private static final Rectangle KEY = new Rectangle(236, 95, 148, 105);
    private static final Rectangle PALETTE = new Rectangle(83, 31, 292, 68);

    /** What a command says with the model that it takes by itself. */
    private static JsonNode answer(Object... arguments) throws IOException {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--json";
        Ran ran = Ran.fovea(all);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("", ran.err());
        assertEquals("florence-mini", ran.json().get("model").asText());
        return ran.json();
    }

    private static JsonNode result(Object... arguments) throws IOException {
        return answer(arguments).get("result");
    }

    /** That the box around corners, x and y by turns, is mostly this one. */
    private static void assertAt(Rectangle expected, JsonNode corners) {
        Rectangle found = new Rectangle(corners.get(0).asInt(), corners.get(1).asInt(), 0, 0);
        for (int i = 2; i < corners.size(); i += 2) {
            found.add(corners.get(i).asInt(), corners.get(i + 1).asInt());
        }
        double shared = expected.intersects(found) ? area(expected.intersection(found)) : 0;
        double overUnion = shared / (area(expected) + area(found) - shared);
        assertTrue(overUnion > 0.5, () -> "expected " + expected + ", found " + found);
    }

    private static double area(Rectangle box) {
        return (double) box.width * box.height;
    }

    @Test
    void detects() throws IOException {
        Map<String, Rectangle> things = Map.of("trumpet", TRUMPET, "boot", BOOT, "key", KEY);
        JsonNode boxes = result("detect", THINGS).get("boxes");
        assertEquals(things.size(), boxes.size(), boxes.toString());
        for (JsonNode box : boxes) {
            Rectangle thing = things.get(box.get("label").asText());
            assertTrue(thing != null, boxes.toString());
            assertAt(thing, box.get("box"));
        }
    }

    @Test
    void grounds() throws IOException {
        JsonNode boxes = result("ground", THINGS, "a trumpet").get("boxes");
        assertEquals("a trumpet", boxes.get(0).get("label").asText(), boxes.toString());
        assertAt(TRUMPET, boxes.get(0).get("box"));
    }

    @Test
    void outlines() throws IOException {
        JsonNode things = result("segment", THINGS, "the yellow boot").get("polygons");
        assertAt(BOOT, things.get(0).get("polygons").get(0));
    }

    @Test
    void reads() throws IOException {
        JsonNode quads = result("ocr", WORD).get("quads");
        assertEquals(1, quads.size(), quads.toString());
        assertTrue(quads.get(0).get("label").asText().startsWith("P"), quads.toString());
        assertAt(PALETTE, quads.get(0).get("quad"));
    }

    @Test
    void describes() throws IOException {
        JsonNode json = answer("describe", THINGS, "--ground");
        String text = json.get("result").get("text").asText();
        assertTrue(text.contains("trumpet") && text.contains("green background"), text);
        assertEquals(
                "<CAPTION_TO_PHRASE_GROUNDING>",
                json.get("grounding").get("task").asText());
    }

    @Test
    void namesWhatIsInARegion() throws IOException {
        JsonNode named = result("florence", THINGS, "region_to_category", "--region", "84,192,249,370");
        assertEquals("boot", named.get("text").asText());
    }

    @Test
    void captionsIfAskedByName() throws IOException {
        String caption = answer("caption", THINGS, "--model", "florence-mini")
                .get("caption")
                .asText();
        assertTrue(caption.contains("boot"), caption);
    }
}
