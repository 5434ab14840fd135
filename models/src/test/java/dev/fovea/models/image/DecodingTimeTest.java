package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.CancelledException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every decoder obeys a time and an interrupt within milliseconds, on files that keep it busy for longer. {@link
 * JpegLimitsTest} has the same for JPEG.
 */
class DecodingTimeTest {

    private static final int SIDE = 4096;

    /** Some two where nothing else runs; arrays of all pixels take their time besides. */
    private static final double MOST_MILLISECONDS = 60;

    /** Files of some hundred kilobytes and many pixels. */
    private enum Case {
        PNG(() -> png(0)),
        PNG_INTERLACED(() -> png(1)),
        GIF(DecodingTimeTest::gif),
        WEBP_LOSSLESS(DecodingTimeTest::lossless),
        WEBP_LOSSY(DecodingTimeTest::lossy),
        BMP(DecodingTimeTest::bmp),
        TIFF_DEFLATE(() -> tiff(8, 2, 3, deflated(new byte[3 * SIDE * SIDE]))),
        TIFF_LZW(() -> tiff(5, 1, 1, lzw())),
        TIFF_PACK_BITS(() -> tiff(32773, 1, 1, packBits())),
        TIFF_LAB(() -> tiff(8, 8, 3, deflated(new byte[3 * SIDE * SIDE]))),
        PNM_PLAIN(DecodingTimeTest::plainGrey),
        PNM_COMMENT(DecodingTimeTest::comment);

        private final Supplier<byte[]> file;

        Case(Supplier<byte[]> file) {
            this.file = file;
        }
    }

    private static byte[] deflated(byte[] bytes) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (DeflaterOutputStream deflater = new DeflaterOutputStream(out, new Deflater(1))) {
                deflater.write(bytes);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void chunk(ByteBuffer file, String type, byte[] data) {
        CRC32 sum = new CRC32();
        sum.update(type.getBytes());
        sum.update(data);
        file.putInt(data.length).put(type.getBytes()).put(data).putInt((int) sum.getValue());
    }

    /** Every row filtered by Paeth's predictor; of an interlaced one the filters are zeros. */
    private static byte[] png(int interlaced) {
        byte[] rows = new byte[SIDE * (1 + 3 * SIDE) + 64 * SIDE];
        for (int y = 0; interlaced == 0 && y < SIDE; y++) rows[y * (1 + 3 * SIDE)] = 4;
        byte[] data = deflated(rows);
        ByteBuffer file = ByteBuffer.allocate(data.length + 100);
        file.putLong(0x89504E470D0A1A0AL);
        byte[] head = ByteBuffer.allocate(13)
                .putInt(SIDE)
                .putInt(SIDE)
                .put(new byte[] {8, 2, 0, 0, (byte) interlaced})
                .array();
        chunk(file, "IHDR", head);
        chunk(file, "IDAT", data);
        chunk(file, "IEND", new byte[0]);
        return Arrays.copyOf(file.array(), file.position());
    }

    /** Codes of 9 bits, each one pixel, and a clear code before they grow. */
    private static byte[] gif() {
        int side = SIDE;
        ByteArrayOutputStream codes = new ByteArrayOutputStream();
        long buffer = 0;
        int held = 0;
        for (int i = 0, since = 0; i < side * side; i++, since++) {
            int code = since % 250 == 0 ? 256 : i & 0xFF;
            if (code == 256) i--;
            buffer |= (long) code << held;
            held += 9;
            while (held >= 8) {
                codes.write((int) buffer);
                buffer >>>= 8;
                held -= 8;
            }
        }
        codes.write((int) buffer);
        byte[] data = codes.toByteArray();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("GIF89a".getBytes());
        file.writeBytes(new byte[] {0, (byte) (side >> 8), 0, (byte) (side >> 8), 0, 0, 0});
        file.writeBytes(new byte[] {',', 0, 0, 0, 0, 0, (byte) (side >> 8), 0, (byte) (side >> 8), 0, 8});
        for (int at = 0; at < data.length; at += 255) {
            int length = Math.min(255, data.length - at);
            file.write(length);
            file.write(data, at, length);
        }
        file.write(0);
        file.write(';');
        return file.toByteArray();
    }

    private static byte[] riff(String type, byte[] data) {
        ByteBuffer file =
                ByteBuffer.allocate(20 + data.length + (data.length & 1)).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes()).putInt(file.capacity() - 8).put("WEBP".getBytes());
        file.put(type.getBytes()).putInt(data.length).put(data);
        return file.array();
    }

    /** Bits from the lowest on. */
    private static final class Bits {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long buffer;
        private int held;

        Bits add(int value, int count) {
            buffer |= (long) value << held;
            held += count;
            while (held >= 8) {
                bytes.write((int) buffer);
                buffer >>>= 8;
                held -= 8;
            }
            return this;
        }

        byte[] whole() {
            add(0, 7);
            return bytes.toByteArray();
        }
    }

    /** A predictor for all of it and green in one random bit a pixel. */
    private static byte[] lossless() {
        Bits bits = new Bits()
                .add(0x2F, 8)
                .add(SIDE - 1, 14)
                .add(SIDE - 1, 14)
                .add(0, 1)
                .add(0, 3);
        bits.add(1, 1).add(0, 2).add(7, 3); // a predictor for blocks of 512 pixels: 8 x 8 blocks of mode 13
        one(bits.add(0, 1), 13, 0, 0, 0, 0);
        bits.add(0, 1).add(0, 1).add(0, 1); // no more transforms, no cache, one group of codes
        bits.add(1, 1).add(1, 1).add(0, 1).add(0, 1).add(1, 8);
        one(bits, 0, 0, 0, 0);
        Random random = new Random(3);
        for (int i = 0; i < SIDE * SIDE; i++) bits.add(random.nextInt(2), 1);
        return riff("VP8L", bits.whole());
    }

    /** Codes of one symbol each, which take no bits. */
    private static void one(Bits bits, int... symbols) {
        for (int symbol : symbols) bits.add(1, 1).add(0, 1).add(1, 1).add(symbol, 8);
    }

    /** A frame of random bytes, which is a picture whatever they are. */
    private static byte[] lossy() {
        byte[] data = new byte[8 << 20];
        new Random(4).nextBytes(data);
        int first = 500_000;
        ByteBuffer head = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(0x10 | first << 5).position(3);
        head.put(new byte[] {(byte) 0x9D, 1, 0x2A}).putShort((short) SIDE).putShort((short) SIDE);
        // Zeros: no segments, a filter of level 0, one partition, no table changed.
        head.putLong(0);
        return riff("VP8 ", data);
    }

    private static byte[] bmp() {
        int row = 2 * SIDE + 2;
        ByteBuffer file = ByteBuffer.allocate(54 + 1024 + row * SIDE).order(ByteOrder.LITTLE_ENDIAN);
        file.put("BM".getBytes()).putInt(file.capacity()).putInt(0).putInt(54 + 1024);
        file.putInt(40)
                .putInt(SIDE)
                .putInt(SIDE)
                .putShort((short) 1)
                .putShort((short) 8)
                .putInt(1);
        for (int at = 0; at < row * SIDE; at += 2) {
            // Runs of one pixel; two zeros end a row.
            boolean end = at % row == 2 * SIDE;
            file.put(54 + 1024 + at, (byte) (end ? 0 : 1)).put(54 + 1025 + at, (byte) (end ? 0 : at));
        }
        return file.array();
    }

    private static byte[] lzw() {
        // Codes of 9 bits, high bit first: a clear code before they grow.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long buffer = 0;
        int held = 0;
        for (int i = 0; i < SIDE * SIDE * 9 / 8; i++) {
            buffer = buffer << 9 | (i % 200 == 0 ? 256 : i & 0xFF);
            held += 9;
            while (held >= 8) {
                held -= 8;
                out.write((int) (buffer >> held));
            }
        }
        return out.toByteArray();
    }

    private static byte[] packBits() {
        byte[] bytes = new byte[2 * SIDE * SIDE];
        for (int i = 1; i < bytes.length; i += 2) bytes[i] = (byte) i;
        return bytes;
    }

    private static byte[] tiff(int compression, int photometric, int samples, byte[] data) {
        int[][] tags = {
            {256, SIDE},
            {257, SIDE},
            {258, 8},
            {259, compression},
            {262, photometric},
            {273, 200},
            {277, samples},
            {278, SIDE},
            {279, data.length}
        };
        ByteBuffer file = ByteBuffer.allocate(200 + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put("II*\0".getBytes()).putInt(8).putShort((short) tags.length);
        for (int[] tag : tags)
            file.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
        if (samples == 3) {
            int bits = 8 + 2 + 12 * 2;
            file.putShort(bits + 2, (short) 3).putInt(bits + 4, 3).putInt(bits + 8, 180);
            for (int i = 0; i < 3; i++) file.putShort(180 + 2 * i, (short) 8);
        }
        return file.put(200, data).array();
    }

    private static byte[] plainGrey() {
        byte[] head = ("P2 " + SIDE + " " + SIDE + " 255\n").getBytes();
        byte[] file = Arrays.copyOf(head, head.length + 2 * SIDE * SIDE);
        for (int i = head.length; i < file.length; i += 2) {
            file[i] = '7';
            file[i + 1] = ' ';
        }
        return file;
    }

    private static byte[] comment() {
        byte[] file = new byte[200 << 20];
        Arrays.fill(file, (byte) ' ');
        byte[] head = "P5 #".getBytes();
        System.arraycopy(head, 0, file, 0, head.length);
        return file;
    }

    private static Picture decode(byte[] file, DecodingBudget budget) throws IOException {
        return PictureFormat.of(Arrays.copyOf(file, 64)).decode(file, budget, DraftReduction.NONE);
    }

    /** Milliseconds from the end of the time to that of decoding, or fewer than none if it was done before. */
    private static double overshoot(byte[] file, Duration time) throws IOException {
        long start = System.nanoTime();
        try {
            decode(file, DecodingBudget.ofTime(time));
            return -1;
        } catch (BrokenPictureException stopped) {
            if (!stopped.getMessage().contains("takes longer to decode than the")) return -1;
            return (System.nanoTime() - start - time.toNanos()) / 1e6;
        }
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void aTimeIsObeyedWherever(Case some) throws IOException {
        byte[] file = some.file.get();
        assertTrue(overshoot(file, Duration.ZERO) >= 0, "it looks at the clock");
        // Other programs may hold up any one of these, and so may a garbage collection and the kernel's fresh pages.
        for (int millisecond : new int[] {5, 40}) {
            double least = Double.MAX_VALUE;
            for (int i = 0; i < 8 && least > MOST_MILLISECONDS; i++) {
                least = Math.min(least, overshoot(file, Duration.ofMillis(millisecond)));
            }
            assertTrue(least <= MOST_MILLISECONDS, least + " ms behind an end after " + millisecond);
        }
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void anInterruptIsObeyedAndStays(Case some) {
        byte[] file = some.file.get();
        Thread.currentThread().interrupt();
        try {
            assertThrows(CancelledException.class, () -> decode(file, DecodingBudget.ofWork()));
            assertTrue(Thread.currentThread().isInterrupted());
        } finally {
            assertEquals(true, Thread.interrupted());
        }
    }
}
