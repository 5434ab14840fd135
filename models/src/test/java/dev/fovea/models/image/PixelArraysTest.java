package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays are used again for pictures that were prepared from a file, and for no others. */
class PixelArraysTest {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 1003;

    @TempDir
    Path folder;

    /** Makes a file of grey (1) or colours (3), the latter with halved colour differences. */
    private Path file(int components, boolean progressive) throws Exception {
        int[] sampling = components == 1 ? new int[] {1} : new int[] {2, 1, 1};
        JpegWriter writer = new JpegWriter(WIDTH, HEIGHT, sampling, sampling, new Random(components));
        byte[] file = progressive ? writer.progressive(writer.randomScans()) : writer.sequential();
        return Files.write(folder.resolve(components + "-" + progressive + ".jpg"), file);
    }

    private static byte[] dirty(int length) {
        byte[] array = new byte[length];
        Arrays.fill(array, (byte) 0x55);
        return array;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatAnArrayHeldBeforeIsNotSeen(int components) throws Exception {
        for (boolean progressive : new boolean[] {false, true}) {
            Path file = file(components, progressive);
            byte[] expected = Picture.read(file).samples();
            byte[] dirty = dirty(expected.length);
            PixelArrays.give(dirty);
            Picture again = Picture.read(file);
            assertSame(dirty, again.bytes());
            assertArrayEquals(expected, again.samples());
        }
    }

    @Test
    void aPreparedPictureLeavesItsArrayToTheNextOne() throws Exception {
        Path file = file(3, false);
        Preprocessing steps = Preprocessing.clip(32);
        byte[] expected = steps.prepare(Picture.read(file)).pixels();
        byte[] array = dirty(3 * WIDTH * HEIGHT);
        PixelArrays.give(array);
        for (int i = 0; i < 2; i++)
            assertArrayEquals(expected, steps.prepare(file).pixels());
        assertSame(array, PixelArrays.take(array.length));
        assertNotSame(array, PixelArrays.take(array.length));
    }

    @Test
    void aPictureThatItsReaderMayKeepStaysWhole() throws Exception {
        Path file = file(3, false);
        Picture kept = Picture.read(file, picture -> picture);
        byte[] before = kept.samples();
        Preprocessing.clip(32).prepare(kept);
        Preprocessing.clip(32).prepare(file);
        Picture.read(file);
        assertArrayEquals(before, kept.samples());
    }

    @Test
    void onlyArraysOfTheRightLengthAreTaken() {
        byte[] array = dirty(5 << 20);
        PixelArrays.give(array);
        assertEquals((5 << 20) + 1, PixelArrays.take((5 << 20) + 1).length);
        assertSame(array, PixelArrays.take(5 << 20));
        byte[] small = dirty(100);
        PixelArrays.give(small);
        assertNotSame(small, PixelArrays.take(100));
    }
}
