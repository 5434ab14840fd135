package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How far files are reduced; that their pixels are Pillow's is said by {@link JpegReplayTest}. */
class DraftTest {
    @TempDir
    Path folder;

    private Path jpeg(int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) image.setRGB(x, y, x * 7919 ^ y * 104729);
        }
        Path file = folder.resolve(width + "x" + height + ".jpg");
        ImageIO.write(image, "jpg", file.toFile());
        return file;
    }

    private static byte[] reduced(Path file, int reduction, Preprocessing steps) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        DecodingBudget budget = DecodingBudget.ofWork();
        Picture stored = JpegDecoder.decode(bytes, budget, (width, height) -> reduction);
        return steps.pixels(Orientation.apply(stored, Orientation.of(PictureFormat.JPEG, bytes), budget));
    }

    /** A draft is the smallest that is still twice as large as the resized picture. */
    @ParameterizedTest
    @CsvSource({
        "63, 80, 1",
        "64, 64, 2",
        "127, 200, 2",
        "128, 128, 4",
        "255, 300, 4",
        "256, 256, 8",
        "600, 700, 8",
        "40, 900, 1",
        "300, 64, 2"
    })
    void aDraftIsTwiceAsLargeAsNeeded(int width, int height, int reduction) throws IOException {
        Preprocessing steps = Preprocessing.clip(16);
        PreparedPicture draft = steps.withDraft(true).prepare(jpeg(width, height));
        assertArrayEquals(reduced(folder.resolve(width + "x" + height + ".jpg"), reduction, steps), draft.pixels());
        assertEquals(width, draft.width());
        assertEquals(height, draft.height());
        // Not so without drafts.
        byte[] whole =
                steps.prepare(folder.resolve(width + "x" + height + ".jpg")).pixels();
        assertEquals(reduction == 1, Arrays.equals(whole, draft.pixels()));
    }

    /** What lies on its side is reduced as far as it needs to be upright: 23 x 31 pixels, or 31 x 23. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aDraftIsUpright(int orientation) throws Exception {
        Path file = Path.of(DraftTest.class
                .getResource("cases/orientation-" + orientation + ".jpg")
                .toURI());
        Picture upright = Picture.read(file);
        Preprocessing flat = new Preprocessing(
                true,
                0,
                0,
                7,
                2,
                ResampleFilter.BICUBIC,
                false,
                0,
                0,
                true,
                1,
                false,
                new float[3],
                new float[3],
                true);
        int reduction = Integer.highestOneBit(Math.min(upright.width() / 14, upright.height() / 4));
        PreparedPicture draft = flat.prepare(file);
        assertArrayEquals(reduced(file, reduction, flat), draft.pixels());
        assertEquals(upright.width(), draft.width());
        assertEquals(upright.height(), draft.height());
    }

    @Test
    void onlyJpegFilesThatAreResizedHaveDrafts() throws Exception {
        Path jpeg = jpeg(300, 200);
        Preprocessing steps = Preprocessing.clip(16).withDraft(true);
        Picture decoded = Picture.read(jpeg);
        assertArrayEquals(steps.withDraft(false).pixels(decoded), steps.pixels(decoded));
        Path png = folder.resolve("300x200.png");
        ImageIO.write(decoded.toImage(), "png", png.toFile());
        assertArrayEquals(steps.pixels(decoded), steps.prepare(png).pixels());
        Preprocessing cropped = new Preprocessing(
                false,
                0,
                0,
                0,
                0,
                ResampleFilter.BICUBIC,
                true,
                8,
                8,
                true,
                1,
                false,
                new float[3],
                new float[3],
                true);
        assertArrayEquals(cropped.pixels(decoded), cropped.prepare(jpeg).pixels());
    }

    @Test
    void aDraftIsPreparedForAModelWithDrafts() throws IOException {
        Preprocessing steps = Preprocessing.clip(16);
        PreparedPicture draft = steps.withDraft(true).prepare(jpeg(100, 100));
        assertEquals(draft, steps.withDraft(true).prepare(draft));
        assertThrows(IllegalArgumentException.class, () -> steps.prepare(draft));
        assertFalse(steps.equals(steps.withDraft(true)));
        assertEquals(steps.settings(), steps.withDraft(true).settings());
    }

    @Test
    void aPictureThatCannotBeResizedIsNamed() throws IOException {
        Path thin = jpeg(1, 900);
        Preprocessing steps = Preprocessing.clip(1 << 22).withDraft(true);
        String message =
                assertThrows(FoveaException.class, () -> steps.prepare(thin)).getMessage();
        assertEquals(0, message.indexOf(thin + ": "), message);
        assertEquals(1, message.lines().count());
    }
}
