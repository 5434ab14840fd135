package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {
    @TempDir
    Path folder;

    @Test
    void filesThatAreNoPictureAreNamedInOneLine() throws IOException {
        assertError("nothing.png does not exist", folder.resolve("nothing.png"));
        assertError("is a folder, expected a picture", folder);
        assertError("empty.png is empty", write("empty.png", new byte[0]));
        assertError("text.png is not a picture that we can read", write("text.png", "hello".getBytes()));
        assertError("is cut short", write("start.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'}));
        assertError(
                "is cut short", write("start.jpg", new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xE0}));
    }

    /** 60,000 x 60,000 pixels in a few bytes, in every format that states its size. */
    @Test
    void decompressionBombsAreRefusedUnread() throws IOException {
        byte[] png = Files.readAllBytes(PictureReplayTest.cases().resolve("png-2-8.png"));
        ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        assertError("bomb.png claims 60000 x 60000 pixels, more than the 178956970", write("bomb.png", png));

        byte[] jpeg = Files.readAllBytes(PictureReplayTest.cases().resolve("jpeg-0.jpg"));
        for (int i = 0; i < jpeg.length - 9; i++) {
            if ((jpeg[i] & 0xFF) == 0xFF && (jpeg[i + 1] & 0xFF) == 0xC0) {
                ByteBuffer.wrap(jpeg).putShort(i + 5, (short) 60_000).putShort(i + 7, (short) 60_000);
                break;
            }
        }
        assertError("bomb.jpg claims 60000 x 60000 pixels", write("bomb.jpg", jpeg));

        byte[] bmp = Files.readAllBytes(PictureReplayTest.cases().resolve("bmp-RGB.bmp"));
        ByteBuffer.wrap(bmp)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(18, 60_000)
                .putInt(22, 60_000);
        assertError("bomb.bmp claims 60000 x 60000 pixels", write("bomb.bmp", bmp));

        byte[] gif = Files.readAllBytes(PictureReplayTest.cases().resolve("gif.gif"));
        ByteBuffer.wrap(gif)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putShort(6, (short) 60_000)
                .putShort(8, (short) 60_000);
        assertError("bomb.gif claims 60000 x 60000 pixels", write("bomb.gif", gif));
    }

    /** A size below the limit, but far more than the file can hold: nothing may be allocated for it. */
    @Test
    void sizesThatTheDataCannotFillAreRefused() throws IOException {
        byte[] png = Files.readAllBytes(PictureReplayTest.cases().resolve("png-2-8.png"));
        ByteBuffer.wrap(png).putInt(16, 13_000).putInt(20, 13_000);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        assertError("is cut short or damaged", write("hollow.png", png));
    }

    /** Wherever a file is cut before its pixels are complete, it is an error, never a half-grey picture. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "png-2-8.png",
                "png-6-16-interlaced.png",
                "png-palette-2.png",
                "jpeg-2.jpg",
                "jpeg-0-progressive.jpg",
                "gif.gif",
                "webp-lossy.webp",
                "webp-lossless-opaque.webp"
            })
    void cutFilesAreErrors(String name) throws IOException {
        byte[] file = Files.readAllBytes(PictureReplayTest.cases().resolve(name));
        // What a PNG has behind its pixels may be missing, as in Pillow: here a chunk with their checksum and the last
        // one.
        int tail = name.startsWith("png") ? 32 : 17;
        for (int length = 1; length < file.length - tail; length += 1 + file.length / 150) {
            byte[] cut = java.util.Arrays.copyOf(file, length);
            int at = length;
            FoveaException error = assertThrows(
                    FoveaException.class, () -> Picture.read(new ByteArrayInputStream(cut)), name + " cut at " + at);
            assertEquals(1, error.getMessage().lines().count());
        }
    }

    /** Flipped bits give a picture or a plain error. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "png-2-8.png",
                "png-0-16-interlaced.png",
                "png-palette-4.png",
                "jpeg-2.jpg",
                "jpeg-1-progressive.jpg",
                "jpeg-cmyk.jpg",
                "orientation-6.jpg",
                "gif.gif",
                "bmp-1.bmp",
                "bmp-RGB.bmp",
                "tiff-RGB.tiff",
                "tiff-1.tiff",
                "tiff-P.tiff",
                "webp-lossy.webp",
                "webp-lossless.webp",
                "webp-animation.webp"
            })
    void damagedFilesGiveAPictureOrAPlainError(String name) throws IOException {
        byte[] file = Files.readAllBytes(PictureReplayTest.cases().resolve(name));
        Random random = new Random(name.hashCode());
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (int round = 0; round < 150; round++) {
                byte[] damaged = file.clone();
                int flips = 1 + random.nextInt(4);
                for (int i = 0; i < flips; i++) damaged[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
                try {
                    Picture picture = Picture.read(new ByteArrayInputStream(damaged));
                    assertEquals(
                            3 * picture.width() * picture.height(),
                            picture.toRgb().samples().length);
                } catch (FoveaException plain) {
                    assertEquals(1, plain.getMessage().lines().count());
                }
            }
        });
    }

    @Test
    void aStreamThatFailsIsAPlainError() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the line went dead");
            }
        };
        FoveaException error = assertThrows(FoveaException.class, () -> Picture.read(failing));
        assertEquals("the picture cannot be read: the line went dead", error.getMessage());
    }

    /** Java's images: the same pixels whatever the layout, and grey as it is stored. */
    @Test
    void javaImagesKeepTheirSamples() {
        int[] types = {
            BufferedImage.TYPE_INT_RGB,
            BufferedImage.TYPE_INT_BGR,
            BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_INT_ARGB,
            BufferedImage.TYPE_4BYTE_ABGR
        };
        for (int type : types) {
            BufferedImage image = new BufferedImage(3, 2, type);
            for (int i = 0; i < 6; i++) image.setRGB(i % 3, i / 3, 0xFF102030 + i * 0x010203);
            byte[] rgb = Picture.of(image).toRgb().samples();
            for (int i = 0; i < 6; i++) {
                assertArrayEquals(
                        new byte[] {(byte) (0x10 + i), (byte) (0x20 + 2 * i), (byte) (0x30 + 3 * i)},
                        java.util.Arrays.copyOfRange(rgb, 3 * i, 3 * i + 3));
            }
        }
        BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 100);
        grey.getRaster().setSample(1, 0, 0, 200);
        assertArrayEquals(
                new byte[] {100, 100, 100, (byte) 200, (byte) 200, (byte) 200},
                Picture.of(grey).toRgb().samples());
        BufferedImage grey16 = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        grey16.getRaster().setSample(0, 0, 0, 77);
        grey16.getRaster().setSample(1, 0, 0, 300);
        assertEquals(PictureMode.GREY_16, Picture.of(grey16).mode());
        assertArrayEquals(
                new byte[] {77, 77, 77, -1, -1, -1}, Picture.of(grey16).toRgb().samples());
        BufferedImage part = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        part.setRGB(5, 6, 0x0A0B0C);
        assertArrayEquals(
                new byte[] {10, 11, 12},
                Picture.of(part.getSubimage(5, 6, 1, 1)).toRgb().samples());
        BufferedImage odd = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_565_RGB);
        odd.setRGB(0, 0, 0xFFFF0000);
        assertArrayEquals(new byte[] {-1, 0, 0}, Picture.of(odd).toRgb().samples());
    }

    @Test
    void samplesAreCopies() {
        byte[] rgb = {1, 2, 3};
        Picture picture = Picture.ofRgb(1, 1, rgb);
        rgb[0] = 99;
        picture.samples()[1] = 99;
        assertArrayEquals(new byte[] {1, 2, 3}, picture.samples());
        assertThrows(FoveaException.class, () -> Picture.ofRgb(2, 1, rgb));
        assertThrows(FoveaException.class, () -> Picture.ofRgb(0, 1, new byte[0]));
    }

    /** What ImageIO writes, read back without loss. */
    @Test
    void readsWhatJavaWrites() throws IOException {
        BufferedImage image = new BufferedImage(19, 13, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int y = 0; y < 13; y++) for (int x = 0; x < 19; x++) image.setRGB(x, y, random.nextInt());
        for (String format : List.of("png", "bmp", "tiff")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertTrue(ImageIO.write(image, format, out), format);
            Picture picture = Picture.read(new ByteArrayInputStream(out.toByteArray()));
            assertArrayEquals(
                    Picture.of(image).toRgb().samples(), picture.toRgb().samples(), format);
        }
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void assertError(String expected, Path file) {
        FoveaException error = assertThrows(FoveaException.class, () -> Picture.read(file));
        assertTrue(error.getMessage().contains(expected), error.getMessage());
        assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }
}
