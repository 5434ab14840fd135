package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a JPEG file may cost is bounded: work, time, memory, and the patience of who interrupts. */
class JpegLimitsTest {
    /** A grey progressive picture whose scans give next to nothing, so that a few bytes ask for much work. */
    private static byte[] flood(int width, int height, int scans) {
        var file = new ByteArrayOutputStream();
        bytes(file, 0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0);
        for (int i = 0; i < 64; i++) file.write(1);
        bytes(file, 0xFF, 0xC2, 0, 11, 8, height >> 8, height, width >> 8, width, 1, 1, 0x11, 0);
        // Tables of one code: a difference of 0 for DC, a run of 2^14 ended bands for AC.
        for (int table : new int[] {0x00, 0x10}) {
            bytes(file, 0xFF, 0xC4, 0, 20, table, 1);
            for (int i = 1; i < 16; i++) file.write(0);
            file.write(table == 0 ? 0 : 0xE0);
        }
        bytes(file, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0);
        for (int i = 0; i < scans; i++) bytes(file, 0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0, 0, 0);
        bytes(file, 0xFF, 0xD9);
        return file.toByteArray();
    }

    private static void bytes(ByteArrayOutputStream file, int... values) {
        for (int value : values) file.write(value);
    }

    private static String refusal(byte[] file) {
        return assertThrows(FoveaException.class, () -> Picture.read(new ByteArrayInputStream(file)))
                .getMessage();
    }

    @Test
    void aHundredScansAreReadThousandsAreNot() {
        Picture picture = Picture.read(new ByteArrayInputStream(flood(1000, 800, 100)));
        assertEquals(1000, picture.width());
        assertTrue(refusal(flood(4000, 4000, 300)).contains("more decoding work than any honest picture"));
    }

    @Test
    void sizesAreBelievedAsFarAsTheBytesGo() {
        assertTrue(refusal(flood(20000, 8000, 1)).contains("claims 20000 x 8000 pixels, but has only"));
    }

    @Test
    void aTimeIsObeyed() {
        byte[] file = flood(4000, 4000, 200);
        long start = System.nanoTime();
        String message = assertThrows(
                        FoveaException.class, () -> Picture.read(new ByteArrayInputStream(file), Duration.ofMillis(1)))
                .getMessage();
        assertTrue(message.contains("takes longer to decode than the 1 ms"), message);
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(30).toNanos());
        assertNotNull(Picture.read(new ByteArrayInputStream(flood(30, 20, 3)), Duration.ofSeconds(Long.MAX_VALUE)));
        assertThrows(NullPointerException.class, () -> Picture.read(new ByteArrayInputStream(file), null));
    }

    @Test
    void anInterruptEndsDecodingAndStays() throws InterruptedException {
        byte[] file = flood(4000, 4000, 200);
        AtomicReference<String> message = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread decoding = new Thread(() -> {
            try {
                while (true) Picture.read(new ByteArrayInputStream(file));
            } catch (FoveaException stopped) {
                message.set(stopped.getMessage());
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        decoding.start();
        Thread.sleep(20);
        decoding.interrupt();
        decoding.join(30_000);
        assertFalse(decoding.isAlive());
        assertTrue(message.get().contains("the thread was interrupted"), message.get());
        assertTrue(flag.get());
    }
}
