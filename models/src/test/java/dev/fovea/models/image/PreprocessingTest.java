package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreprocessingTest {
    @TempDir
    Path folder;

    /** Weights and results worked out by hand from Pillow's rules (one row, three equal channels). */
    @Test
    void resamplesByPillowsRules() {
        assertRow(new int[] {113, 113, 107}, ResampleFilter.BICUBIC, 0, 255, 10, 200, 30, 180, 60);
        assertRow(new int[] {0, 25, 153, 255, 204, 117, 85}, ResampleFilter.BICUBIC, 0, 255, 100);
        assertRow(new int[] {111, 117, 105}, ResampleFilter.BILINEAR, 0, 255, 10, 200, 30, 180, 60);
        assertRow(new int[] {0, 36, 146, 255, 189, 122, 100}, ResampleFilter.BILINEAR, 0, 255, 100);
        assertArrayEquals(
                new int[] {1606689, 1843464, 896363, 0, -135300, -16913},
                ResampleWeights.of(ResampleFilter.BICUBIC, 7, 3, 0, 3).weights()[0]);
    }

    private static void assertRow(int[] expected, ResampleFilter filter, int... row) {
        byte[] rgb = new byte[row.length * 3];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) row[i / 3];
        Picture lying = PillowResize.resize(Picture.ofRgb(row.length, 1, rgb), expected.length, 1, filter);
        Picture standing = PillowResize.resize(Picture.ofRgb(1, row.length, rgb), 1, expected.length, filter);
        for (int i = 0; i < expected.length * 3; i++) {
            assertEquals(expected[i / 3], lying.samples()[i] & 0xFF);
            assertEquals(expected[i / 3], standing.samples()[i] & 0xFF);
        }
    }

    /** Any window of a resized picture is what would be cut out of the whole. */
    @Test
    void aWindowIsCutOutOfTheWhole() {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            Picture picture = noise(1 + random.nextInt(40), 1 + random.nextInt(40), random);
            int width = 1 + random.nextInt(30);
            int height = 1 + random.nextInt(30);
            ResampleFilter filter = ResampleFilter.values()[random.nextInt(6)];
            byte[] whole = PillowResize.resize(picture, width, height, filter).samples();
            int columns = 1 + random.nextInt(width);
            int rows = 1 + random.nextInt(height);
            int left = random.nextInt(width - columns + 1);
            int top = random.nextInt(height - rows + 1);
            byte[] window = PillowResize.window(picture, width, height, filter, left, top, columns, rows);
            for (int y = 0; y < rows; y++) {
                for (int i = 0; i < columns * 3; i++) {
                    assertEquals(whole[((top + y) * width + left) * 3 + i], window[y * columns * 3 + i]);
                }
            }
        }
    }

    /** The resized picture would have 20 and 90 million pixels; only the window is computed. */
    @Test
    void longThinPicturesWork() {
        Preprocessing clip = Preprocessing.clip(224);
        Random random = new Random(5);
        assertEquals(224 * 224 * 3, clip.apply(noise(20_000, 50, random)).length);
        assertEquals(224 * 224 * 3, clip.apply(noise(1, 400_000, random)).length);
        assertEquals(224 * 224 * 3, clip.apply(noise(1, 1, random)).length);
        FoveaException error = assertThrows(
                FoveaException.class, () -> clip.apply(Picture.ofRgb(20_000_000, 1, new byte[60_000_000])));
        assertTrue(error.getMessage().contains("too long and thin"), error.getMessage());
    }

    /** A large picture takes the parallel path and gives the same. */
    @Test
    void threadsDoNotChangeAnything() {
        Picture large = noise(1500, 1100, new Random(6));
        byte[] whole =
                PillowResize.resize(large, 50, 60, ResampleFilter.BICUBIC).samples();
        for (int y = 0; y < 60; y++) {
            byte[] row = PillowResize.window(large, 50, 60, ResampleFilter.BICUBIC, 0, y, 50, 1);
            assertArrayEquals(java.util.Arrays.copyOfRange(whole, y * 150, y * 150 + 150), row);
        }
    }

    @Test
    void absentFieldsAreAsInTheClass() throws IOException {
        assertEquals(Preprocessing.clip(224), load("{}"));
        assertEquals(Preprocessing.clip(224), load("{\"feature_extractor_type\": \"CLIPFeatureExtractor\"}"));
        assertEquals(
                Preprocessing.clip(224),
                load("{\"image_processor_type\": \"CLIPImageProcessorFast\", \"do_resize\": null}"));
        assertEquals(Preprocessing.clip(336), load("{\"size\": 336, \"crop_size\": 336}"));
        assertEquals(
                Preprocessing.clip(32),
                load("{\"size\": {\"shortest_edge\": 32}, \"crop_size\": {\"height\": 32, \"width\": 32}}"));
        Preprocessing blip = load("{\"image_processor_type\": \"BlipImageProcessor\"}");
        assertEquals(384, blip.width());
        assertEquals(384, blip.height());
        assertEquals(0, blip.shortestEdge());
        assertEquals(
                480,
                load("{\"image_processor_type\": \"BlipImageProcessor\", \"size\": 480}")
                        .height());
        Preprocessing oblong = load("{\"size\": {\"height\": 20, \"width\": 30}, \"do_center_crop\": false}");
        assertEquals(30, oblong.width());
        assertEquals(20, oblong.height());
    }

    @Test
    void nestedProcessorsGoFirst() throws IOException {
        write("preprocessor_config.json", "{\"size\": 10, \"crop_size\": 10}");
        write("processor_config.json", "{\"processor_class\": \"CLIPProcessor\"}");
        assertEquals(10, Preprocessing.load(folder).width());
        write("processor_config.json", "{\"image_processor\": {\"size\": 12, \"crop_size\": 12}}");
        assertEquals(12, Preprocessing.load(folder).width());
    }

    @Test
    void whatWeCannotDoIsSaid() throws IOException {
        assertError("has no preprocessor_config.json");
        assertError("is not valid JSON", "");
        assertError("is not a JSON object", "[1]");
        assertError(
                "names the image processor 'DetrImageProcessor'", "{\"image_processor_type\": \"DetrImageProcessor\"}");
        assertError("asks for the resample filter 9", "{\"resample\": 9}");
        assertError("asks for padding", "{\"do_pad\": true}");
        assertError("gives do_resize as \"yes\", expected true or false", "{\"do_resize\": \"yes\"}");
        assertError("gives size as 0, expected whole pixels", "{\"size\": 0}");
        assertError("gives size as 99999999, expected whole pixels", "{\"size\": 99999999}");
        assertError("gives size as ", "{\"size\": {\"edge\": 3}}");
        assertError("pictures of different sizes", "{\"do_center_crop\": false}");
        assertError("gives image_mean as [0.5], expected three numbers", "{\"image_mean\": [0.5]}");
        assertError("gives image_std as ", "{\"image_std\": [1, 0, 1]}");
        assertError("make -Infinity of a pixel, expected finite numbers", "{\"image_mean\": [0, 1e300, 0]}");
        assertError("make NaN of a pixel, expected finite numbers", "{\"rescale_factor\": 1e400}");
    }

    private static Picture noise(int width, int height, Random random) {
        byte[] rgb = new byte[width * height * 3];
        random.nextBytes(rgb);
        return Picture.ofRgb(width, height, rgb);
    }

    private Preprocessing load(String json) throws IOException {
        write("preprocessor_config.json", json);
        return Preprocessing.load(folder);
    }

    private void assertError(String expected, String json) throws IOException {
        write("preprocessor_config.json", json);
        assertError(expected);
    }

    private void assertError(String expected) {
        FoveaException error = assertThrows(FoveaException.class, () -> Preprocessing.load(folder));
        assertTrue(error.getMessage().contains(expected), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
