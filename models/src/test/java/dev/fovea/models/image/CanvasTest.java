package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A size that a file claims costs only as much as there are bytes behind it. */
class CanvasTest {
    private static final int LARGE = 13_377;

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(PictureReplayTest.cases().resolve(name));
    }

    private static Picture read(byte[] file) {
        return Picture.read(new ByteArrayInputStream(file));
    }

    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadAllocatedBytes();
    }

    /** 24 bits, as WebP has sizes less one. */
    private static void put24(byte[] file, int at, int value) {
        for (int i = 0; i < 3; i++) file[at + i] = (byte) (value >> 8 * i);
    }

    private static byte[] largeWebp() throws IOException {
        byte[] webp = file("webp-small-frame.webp");
        put24(webp, 24, LARGE - 1);
        put24(webp, 27, LARGE - 1);
        return webp;
    }

    private static byte[] largeGif() throws IOException {
        byte[] gif = file("gif.gif");
        ByteBuffer.wrap(gif)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(6, (short) LARGE)
                .putShort(8, (short) LARGE);
        return gif;
    }

    private static byte[] largePng() throws IOException {
        // Five rows, after which the stream ends: the rest is black.
        byte[] png = file("png-short-data.png");
        ByteBuffer.wrap(png).putInt(20, 20_000_000);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        return png;
    }

    @Test
    void aSmallFrameOnAHugeCanvasCostsNoMemory() throws IOException {
        for (byte[] bomb : new byte[][] {largeWebp(), largeGif(), largePng()}) {
            long before = allocated();
            Picture picture = read(bomb);
            assertTrue(allocated() - before < 5_000_000, "took " + (allocated() - before));
            assertTrue((long) picture.width() * picture.height() > 150_000_000);
        }
    }

    /** The canvas is read like any other picture: white where nothing is, with the frame in its place. */
    @Test
    void aHugeCanvasIsResizedWithoutBeingHeld() throws IOException {
        Picture picture = read(largeWebp());
        Preprocessing preprocessing = Preprocessing.clip(32);
        byte[] pixels = preprocessing.pixels(picture);
        for (byte value : pixels) assertEquals(-1, value);
        byte[] row = new byte[3 * 40];
        RgbConversion.convertRow(picture, 10, 0, 40, row);
        byte[] small = read(file("webp-small-frame.webp")).toRgb().samples();
        assertArrayEquals(java.util.Arrays.copyOfRange(small, 10 * 120, 11 * 120), row);
    }

    /** Lossless WebP can state one colour without any bits, so its size is believed only up to a limit. */
    @Test
    void sizesWithoutAnyBitsBehindThemAreRefused() throws IOException {
        byte[] lossless = file("webp-lossless-opaque.webp");
        ByteBuffer bytes = ByteBuffer.wrap(lossless).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(21, LARGE - 1 | LARGE - 1 << 14 | bytes.getInt(21) & 0xF0000000);
        byte[] lossy = file("webp-lossy-coarse.webp");
        int frame = new String(lossy, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\u009D\u0001\u002A");
        ByteBuffer.wrap(lossy)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(frame + 3, (short) LARGE)
                .putShort(frame + 5, (short) LARGE);
        if (lossy[12 + 3] == 'X') {
            put24(lossy, 24, LARGE - 1);
            put24(lossy, 27, LARGE - 1);
        }
        for (byte[] bomb : new byte[][] {lossless, lossy}) {
            long before = allocated();
            assertThrows(FoveaException.class, () -> read(bomb));
            assertTrue(allocated() - before < 5_000_000, "took " + (allocated() - before));
        }
    }

    /** A canvas turned is what turning all of its pixels gives. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aCanvasTurnsLikeItsPixels(int orientation) throws BrokenPictureException {
        byte[] stored = new byte[5 * 3 * 4];
        new Random(orientation).nextBytes(stored);
        Picture part =
                new Picture(5, 3, PictureMode.RGB_ALPHA, stored, null).onCanvas(9, 8, 3, 1, new byte[] {1, 2, 3, 4});
        Picture whole = new Picture(9, 8, PictureMode.RGB_ALPHA, part.samples(), null);
        Picture turned = Orientation.apply(part, orientation, DecodingBudget.ofWork());
        Picture expected = Orientation.apply(whole, orientation, DecodingBudget.ofWork());
        assertEquals(expected.width(), turned.width());
        assertArrayEquals(expected.samples(), turned.samples());
        assertArrayEquals(expected.toRgb().samples(), turned.toRgb().samples());
    }

    /**
     * Resizing reads pictures of any mode row by row and gives what it gives of a copy in RGB, rows first and columns
     * first.
     */
    @ParameterizedTest
    @EnumSource(ResampleFilter.class)
    void resizingNeedsNoCopyInRgb(ResampleFilter filter) {
        byte[] stored = new byte[20 * 30 * 4];
        new Random(3).nextBytes(stored);
        Picture alpha = new Picture(20, 30, PictureMode.RGB_ALPHA, stored, null);
        for (Picture picture : new Picture[] {alpha, alpha.onCanvas(40, 33, 11, 2, new byte[4])}) {
            for (int[] size : new int[][] {{7, 9}, {30, 5}, {40, 33}, {picture.width(), 4}, {9, picture.height()}}) {
                assertArrayEquals(
                        PillowResize.resize(picture.toRgb(), size[0], size[1], filter)
                                .samples(),
                        PillowResize.resize(picture, size[0], size[1], filter).samples());
            }
        }
    }

    @Test
    void textThatExpandsWithoutEndRefusesThePicture() throws IOException {
        Deflater deflater = new Deflater();
        deflater.setInput(new byte[(1 << 20) + 100_000]);
        deflater.finish();
        byte[] compressed = new byte[10_000];
        int length = deflater.deflate(compressed);
        deflater.end();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes("zTXtnote\0\0".getBytes());
        data.write(compressed, 0, length);
        CRC32 crc = new CRC32();
        crc.update(data.toByteArray());
        byte[] png = file("png-2-8.png");
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.write(png, 0, 33);
        bomb.writeBytes(ByteBuffer.allocate(4).putInt(data.size() - 4).array());
        bomb.writeBytes(data.toByteArray());
        bomb.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        bomb.write(png, 33, png.length - 33);
        FoveaException error = assertThrows(FoveaException.class, () -> read(bomb.toByteArray()));
        assertTrue(error.getMessage().contains("save it without its metadata"), error.getMessage());
    }
}
