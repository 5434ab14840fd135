package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** However coefficients are spread over scans, the pixels are those of one scan. */
class JpegProgressiveScanTest {
    private static final int PICTURES = 80;

    private static byte[] pixels(byte[] file, JpegKernels kernels) throws BrokenPictureException {
        return JpegDecoder.decode(file, DecodingBudget.ofWork(), DraftReduction.NONE, kernels)
                .samples();
    }

    private static JpegWriter randomPicture(Random random) {
        int width = 1 + random.nextInt(60);
        int height = 1 + random.nextInt(60);
        if (random.nextInt(3) == 0) return new JpegWriter(width, height, new int[] {1}, new int[] {1}, random);
        int across = 1 + random.nextInt(2);
        int down = 1 + random.nextInt(2);
        return new JpegWriter(width, height, new int[] {across, 1, 1}, new int[] {down, 1, 1}, random);
    }

    @Test
    void anyScansGiveThePixelsOfOneScan() throws BrokenPictureException {
        Random random = new Random(17);
        int refining = 0;
        for (int picture = 0; picture < PICTURES; picture++) {
            JpegWriter writer = randomPicture(random);
            List<JpegWriter.Scan> scans = writer.randomScans();
            refining += (int) scans.stream().filter(scan -> scan.before() > 0).count();
            byte[] sequential = writer.sequential();
            byte[] progressive = writer.progressive(scans);
            for (JpegKernels kernels : JpegReplayTest.kernels()) {
                assertArrayEquals(
                        pixels(sequential, kernels), pixels(progressive, kernels), "picture " + picture + ", " + scans);
            }
        }
        assertTrue(refining > 4 * PICTURES);
    }

    @Test
    void damagedScansGiveTheSamePixelsOrErrorWithAllKernels() {
        Random random = new Random(18);
        int decoded = 0;
        for (int picture = 0; picture < PICTURES; picture++) {
            JpegWriter writer = randomPicture(random);
            byte[] file = writer.progressive(writer.randomScans());
            // Behind the frame header: tables, scan headers, codes, and markers in their midst.
            for (int hurt = 1 + random.nextInt(4); hurt > 0; hurt--) {
                file[100 + random.nextInt(file.length - 102)] =
                        (byte) (random.nextBoolean() ? 0xFF : random.nextInt(256));
            }
            String expected = outcome(file, new JpegPlainKernels());
            for (JpegKernels kernels : JpegReplayTest.kernels()) assertEquals(expected, outcome(file, kernels));
            if (expected.startsWith("[")) decoded++;
        }
        assertTrue(decoded > PICTURES / 10 && decoded < PICTURES, decoded + " decoded");
    }

    private static String outcome(byte[] file, JpegKernels kernels) {
        try {
            return Arrays.toString(pixels(file, kernels));
        } catch (BrokenPictureException refused) {
            return refused.getMessage();
        }
    }
}
