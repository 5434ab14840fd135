package dev.fovea.models.drawing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.models.Detection;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.drawing.Drawing.Tag;
import dev.fovea.models.image.Picture;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawingTest {

    private static final int GROUND = 0x808080;

    static Picture picture(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, GROUND);
            }
        }
        return Picture.of(image);
    }

    static Detection box(String label, int x1, int y1, int x2, int y2) {
        return new Detection(label, x1, y1, x2, y2, OptionalDouble.empty());
    }

    static List<Detection> boxes(Detection... boxes) {
        return List.of(boxes);
    }

    private static List<Outline> polygons(String label, List<List<Integer>> polygons) {
        return List.of(new Outline(label, polygons, OptionalDouble.empty()));
    }

    private static int changed(BufferedImage image) {
        int changed = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                changed += (image.getRGB(x, y) & 0xFFFFFF) == GROUND ? 0 : 1;
            }
        }
        return changed;
    }

    private static void assumeFonts() {
        assumeTrue(Lettering.ofMachine().isPresent(), "this machine has no fonts");
    }

    private static List<Tag> tags(Drawing drawing) {
        assumeFonts();
        return drawing.tags();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 200", "31, 17", "60, 60", "640, 480", "20000, 50", "50, 20000", "1500, 2000"})
    void everythingStaysInside(int width, int height) {
        Random random = new Random(width);
        List<Detection> boxes = new ArrayList<>();
        String[] labels = {"car", "", "a person in a very long coat who waits for the bus", "猫", "Straßenbahn\nlinks"};
        for (int i = 0; i < 40; i++) {
            boxes.add(box(
                    labels[i % labels.length],
                    random.nextInt(-width, 2 * width),
                    random.nextInt(-height, 2 * height),
                    random.nextInt(-width, 2 * width),
                    random.nextInt(-height, 2 * height)));
        }
        boxes.add(box("far", Integer.MIN_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
        Drawing drawing = Drawing.of(picture(width, height), boxes);
        assertEquals(width, drawing.image().getWidth());
        assertEquals(height, drawing.image().getHeight());
        Rectangle all = new Rectangle(width, height);
        for (Tag tag : drawing.tags()) {
            assertTrue(all.contains(tag.place()), tag.toString());
        }
        if (Math.min(width, height) >= 50) {
            assertFalse(tags(drawing).isEmpty());
        }
    }

    @Test
    void tagsDoNotCoverEachOtherWhereThereIsRoom() {
        List<Detection> boxes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            boxes.add(box("thing " + i % 7, 220, 180, 420, 300)); // all the same, the hardest case
        }
        List<Tag> tags = tags(Drawing.of(picture(640, 480), boxes));
        assertEquals(20, tags.size());
        for (int i = 0; i < tags.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertFalse(tags.get(i).place().intersects(tags.get(j).place()), tags.get(i) + " " + tags.get(j));
            }
        }
    }

    @Test
    void aTagTouchesItsBox() {
        Detection[] corners = {
            box("a long label", 0, 0, 60, 60),
            box("b", 579, 0, 639, 60),
            box("c", 0, 419, 60, 479),
            box("a long label", 600, 440, 639, 479)
        };
        for (Detection corner : corners) {
            Tag tag = tags(Drawing.of(picture(640, 480), boxes(corner))).getFirst();
            Rectangle near = new Rectangle(corner.x1(), corner.y1(), corner.x2() - corner.x1(), 60);
            near.grow(4, 4);
            assertTrue(near.intersects(tag.place()), tag.toString());
        }
    }

    @Test
    void tagsLeaveLinesOfTextFree() {
        List<TextLine> lines = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int y = 100 + 30 * i;
            List<Integer> corners = List.of(100, y, 300, y, 300, y + 25, 100, y + 25);
            lines.add(new TextLine("line " + i, corners, OptionalDouble.empty()));
        }
        Rectangle text = new Rectangle(105, 105, 190, 165);
        for (Tag tag : tags(Drawing.of(picture(640, 480), lines))) {
            assertFalse(text.intersects(tag.place()), tag.toString());
        }
    }

    @Test
    void theSameLabelHasTheSameColour() {
        List<Tag> tags = tags(Drawing.of(
                picture(640, 480),
                boxes(box("cat", 0, 50, 90, 99), box("dog", 200, 50, 300, 99), box("cat", 400, 50, 500, 99))));
        assertEquals(List.of("cat", "dog", "cat"), tags.stream().map(Tag::label).toList());
        assertEquals(tags.get(0).colour(), tags.get(2).colour());
        assertNotEquals(tags.get(0).colour(), tags.get(1).colour());
    }

    @Test
    void coloursDifferAndLettersOnThemCanBeRead() {
        Colours colours = new Colours();
        Set<Color> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Color colour = colours.of("label " + i);
            assertTrue(seen.add(colour), "label " + i);
            double light = Colours.luminance(colour) + 0.05;
            double letters = Colours.luminance(Colours.opposite(colour)) + 0.05;
            assertTrue(Math.max(light, letters) / Math.min(light, letters) > 3.5, colour.toString());
        }
        assertEquals(colours.of("label 3"), colours.of("label 3"));
        assertNotEquals(colours.of(""), colours.of(""));
    }

    @Test
    void outlinesAtTheEdgesAreWhole() {
        BufferedImage image =
                Drawing.of(picture(400, 300), boxes(box("", 0, 0, 399, 299))).image();
        int red = image.getRGB(0, 150);
        assertNotEquals(GROUND, red & 0xFFFFFF);
        for (int[] pixel : new int[][] {{399, 150}, {200, 0}, {200, 299}}) {
            assertEquals(red, image.getRGB(pixel[0], pixel[1]), pixel[0] + ", " + pixel[1]);
        }
        assertEquals(GROUND, image.getRGB(200, 150) & 0xFFFFFF);
    }

    @Test
    void polygonsWithFewCorners() {
        assertEquals(0, changed(drawn(List.of(List.of()))));
        assertEquals(0, changed(drawn(List.of(List.of(), List.of()))));
        int dot = changed(drawn(List.of(List.of(), List.of(50, 50))));
        assertTrue(dot > 0 && dot < 50, "a dot of " + dot + " pixels");
        int line = changed(drawn(List.of(List.of(50, 50, 150, 50))));
        assertTrue(line > 100 && line < 1000, "a line of " + line + " pixels");
        BufferedImage triangle = drawn(List.of(List.of(50, 50, 150, 50, 100, 150)));
        int inside = triangle.getRGB(100, 80) & 0xFFFFFF;
        assertNotEquals(GROUND, inside);
        assertNotEquals(triangle.getRGB(100, 50) & 0xFFFFFF, inside); // half-transparent
        assertTrue(changed(drawn(List.of(List.of(99, 99, 99, 99, 99, 99)))) > 0);
    }

    private static BufferedImage drawn(List<List<Integer>> polygons) {
        Drawing drawing = Drawing.of(picture(200, 200), polygons("", polygons));
        assertEquals(List.of(), drawing.tags());
        return drawing.image();
    }

    @Test
    void whatHasNoShapeHasNoTag() {
        assertEquals(
                List.of(),
                Drawing.of(picture(200, 200), polygons("x", List.of(List.of()))).tags());
        assertEquals(
                List.of(),
                Drawing.of(picture(200, 200), boxes(box(" \n ", 5, 5, 9, 9))).tags());
        assertEquals(0, changed(Drawing.of(picture(200, 200), boxes()).image()));
    }

    @Test
    void lettersThatNoFontHasAreReported() {
        assumeFonts();
        String privateUse = "\uE9F3\uE9F4";
        Drawing drawing = Drawing.of(picture(640, 480), boxes(box(privateUse, 50, 50, 99, 99), box("cat", 5, 5, 9, 9)));
        assertEquals(2, drawing.tags().size());
        assumeTrue(!drawing.complaints().isEmpty(), "a font here has letters of a private area");
        assertTrue(drawing.complaints().getFirst().contains(privateUse));
        assertEquals(
                List.of(),
                Drawing.of(picture(640, 480), boxes(box("cat", 5, 5, 9, 9))).complaints());
    }

    @Test
    void aLabelOfAnyLengthFits() {
        String label = "word ".repeat(3000) + "w".repeat(3000);
        Tag tag = tags(Drawing.of(picture(640, 480), boxes(box(label, 100, 100, 200, 200))))
                .getFirst();
        assertTrue(tag.place().width <= 320 + 1, tag.place().toString());
        assertTrue(tag.place().height < 120, tag.place().toString());
    }
}
