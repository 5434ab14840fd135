package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureMetadataTest {

    private static final LocalDateTime TAKEN = LocalDateTime.of(2021, 7, 4, 18, 30, 59);

    /** A TIFF structure: a directory with pointers to one with the time and one with the place. */
    private static byte[] exif(ByteOrder order, String date, int seconds) {
        ByteBuffer exif = ByteBuffer.allocate(300).order(order);
        exif.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
        exif.putShort((short) 42).putInt(8);
        exif.putShort((short) 2);
        entry(exif, 0x8769, 4, 1, 40);
        entry(exif, 0x8825, 4, 1, 80);
        exif.position(40).putShort((short) 1);
        entry(exif, 0x9003, 2, 20, 60);
        exif.position(60).put(date.getBytes(StandardCharsets.US_ASCII));
        exif.position(80).putShort((short) 4);
        letter(exif, 1, 'S');
        entry(exif, 2, 5, 3, 160);
        letter(exif, 3, 'E');
        entry(exif, 4, 5, 3, 190);
        exif.position(160);
        for (int part : new int[] {33, 1, 51, 1, seconds, 100}) {
            exif.putInt(part);
        }
        exif.position(190);
        for (int part : new int[] {151, 1, 12, 1, 0, 0}) {
            exif.putInt(part);
        }
        return exif.array();
    }

    private static void entry(ByteBuffer exif, int tag, int type, int count, int value) {
        exif.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
    }

    private static void letter(ByteBuffer exif, int tag, char letter) {
        exif.putShort((short) tag)
                .putShort((short) 2)
                .putInt(2)
                .put((byte) letter)
                .put(new byte[3]);
    }

    private static byte[] jpeg(byte[] exif) throws IOException {
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        jpeg.write(new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xE1});
        jpeg.write((exif.length + 8) >> 8);
        jpeg.write(exif.length + 8);
        jpeg.write("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        jpeg.write(exif);
        jpeg.write(new byte[] {(byte) 0xFF, (byte) 0xDA, 0, 2});
        return jpeg.toByteArray();
    }

    private static byte[] png(byte[] exif) throws IOException {
        byte[] picture = Files.readAllBytes(Path.of("../examples/pictures/octopus.png"));
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        int end = picture.length - 12; // of IEND
        png.write(picture, 0, end);
        png.write(ByteBuffer.allocate(8)
                .putInt(exif.length)
                .put("eXIf".getBytes(StandardCharsets.US_ASCII))
                .array());
        png.write(exif);
        png.write(new byte[4]);
        png.write(picture, end, 12);
        return png.toByteArray();
    }

    private static void assertKnown(byte[] file) {
        PictureMetadata metadata = PictureMetadata.of(file);
        assertEquals(Optional.of(TAKEN), metadata.taken());
        assertEquals(-(33 + 51 / 60.0 + 21.5 / 3600), metadata.latitude().orElseThrow(), 1e-9);
        assertEquals(151.2, metadata.longitude().orElseThrow(), 1e-9);
    }

    @Test
    void timeAndPlaceAreReadInEveryFormatAndOrder() throws IOException {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            byte[] exif = exif(order, "2021:07:04 18:30:59", 2150);
            assertKnown(exif); // a TIFF file is such a structure
            assertKnown(jpeg(exif));
            assertKnown(png(exif));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000:00:00 00:00:00", "2021:13:04 18:30:59", "    :  :     :  :  ", "yesterday"})
    void whatIsNoTimeIsNone(String date) throws IOException {
        PictureMetadata metadata = PictureMetadata.of(jpeg(exif(ByteOrder.BIG_ENDIAN, date, 0)));
        assertEquals(Optional.empty(), metadata.taken());
        assertEquals(OptionalDouble.of(151.2), metadata.longitude());
    }

    @Test
    void filesWithoutMetadataHaveNone() throws IOException {
        assertEquals(PictureMetadata.NONE, PictureMetadata.of(new byte[0]));
        for (String name : new String[] {"octopus.png", "coffee.jpg"}) {
            byte[] file = Files.readAllBytes(Path.of("../examples/pictures", name));
            assertEquals(OptionalDouble.empty(), PictureMetadata.of(file).latitude());
        }
    }

    @Test
    void damagedMetadataAreIgnored() throws IOException {
        Random random = new Random(3);
        byte[][] files = {
            jpeg(exif(ByteOrder.BIG_ENDIAN, "2021:07:04 18:30:59", 2150)),
            png(exif(ByteOrder.LITTLE_ENDIAN, "2021:07:04 18:30:59", 2150)),
            exif(ByteOrder.LITTLE_ENDIAN, "2021:07:04 18:30:59", 2150)
        };
        for (int i = 0; i < 3000; i++) {
            byte[] file = files[i % files.length].clone();
            for (int j = 0; j < 5; j++) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            PictureMetadata.of(Arrays.copyOf(file, random.nextInt(file.length + 1)));
        }
    }

    @Test
    void aPartOfAPictureIsThatPart() {
        Picture whole =
                Picture.read(Path.of("../examples/pictures/octopus.png")).toRgb();
        Picture part = whole.part(10, 20, 40, 70);
        assertEquals(30, part.width());
        assertEquals(50, part.height());
        for (int y = 0; y < 50; y++) {
            for (int x = 0; x < 90; x++) {
                assertEquals(whole.bytes()[3 * ((y + 20) * whole.width() + 10) + x], part.bytes()[90 * y + x]);
            }
        }
        for (int[] wrong : new int[][] {{-1, 0, 5, 5}, {5, 5, 5, 6}, {0, 0, 100_000, 5}, {3, 9, 5, 4}}) {
            assertThrows(PictureException.class, () -> whole.part(wrong[0], wrong[1], wrong[2], wrong[3]));
        }
    }
}
