package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.training.TuningCurve.Point;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningCurveTest {

    private static final int BLUE = 0xFF0072B2;
    private static final int VERMILION = 0xFFD55E00;

    @TempDir
    private Path folder;

    /** Four epochs of three steps; the second and the fourth are equally accurate, the second has the lower loss. */
    private static TuningCurve curve() {
        TuningCurve curve = new TuningCurve();
        double[] accuracies = {0.2, 0.8, 0.7, 0.8};
        double[] losses = {2, 1, 0.9, 1.5};
        for (int epoch = 1; epoch <= 4; epoch++) {
            for (int step = 1; step <= 3; step++) {
                curve.step(3 * (epoch - 1) + step, 12, 4.0 / epoch, 1e-3 / epoch);
            }
            curve.epoch(new TuningProgress(
                    epoch,
                    4,
                    4.0 / epoch,
                    1e-3 / epoch,
                    OptionalDouble.of(accuracies[epoch - 1]),
                    OptionalDouble.of(losses[epoch - 1]),
                    epoch));
        }
        return curve;
    }

    @Test
    void theTableHasALineForEachStep() throws IOException {
        curve().writeCsv(folder.resolve("curve.csv"));
        List<String> lines = Files.readAllLines(folder.resolve("curve.csv"));
        assertEquals("epoch,step,loss,validation_loss,validation_accuracy,learning_rate,seconds", lines.getFirst());
        assertEquals(13, lines.size());
        assertTrue(lines.get(1).matches("1,1,4\\.00000,,,0\\.00100000,\\d+\\.\\d{3}"), lines.get(1));
        assertTrue(
                lines.get(6).matches("2,6,2\\.00000,1\\.00000,0\\.800000,0\\.000500000,\\d+\\.\\d{3}"), lines.get(6));
        assertEquals(OptionalInt.of(2), curve().bestEpoch());
        assertEquals(OptionalInt.empty(), new TuningCurve().bestEpoch());
    }

    /** Steps that were taken but whose epoch was not kept are taken again, and stand there once. */
    @Test
    void anInterruptedCurveGoesOn() {
        Path csv = folder.resolve("curve.csv");
        curve().writeCsv(csv);
        TuningCurve resumed = TuningCurve.resume(csv);
        assertEquals(12, resumed.points().size());
        resumed.step(10, 12, 5, 1);
        assertEquals(10, resumed.points().size());
        assertEquals(4, resumed.points().getLast().epoch());
        resumed.step(11, 12, 5, 1);
        resumed.epoch(new TuningProgress(4, 4, 5, 1, OptionalDouble.empty(), OptionalDouble.of(7), 0));
        Point last = resumed.points().getLast();
        assertEquals(4, last.epoch());
        assertEquals(7, last.validationLoss().orElseThrow());
        assertEquals(OptionalDouble.empty(), resumed.points().get(9).validationLoss());
        assertTrue(last.seconds() >= resumed.points().get(8).seconds());
    }

    @Test
    void aBrokenTableIsNamed() throws IOException {
        Path csv = Files.writeString(folder.resolve("curve.csv"), "epoch,step\n1,2\n");
        assertEquals(
                csv + ", line 2: has 2 fields, expected 7: epoch,step,loss,validation_loss,validation_accuracy,"
                        + "learning_rate,seconds",
                assertThrows(FoveaException.class, () -> TuningCurve.resume(csv))
                        .getMessage());
        Files.writeString(csv, "h\n1,x,1,,,1,1\n");
        assertTrue(assertThrows(FoveaException.class, () -> TuningCurve.resume(csv))
                .getMessage()
                .startsWith(csv + ", line 2: "));
    }

    /** Lines are thin, so that the colour itself may lie a pixel beside. */
    private static boolean isNear(int colour, BufferedImage image, int x, int y) {
        return IntStream.rangeClosed(-2, 2).anyMatch(i -> image.getRGB(x, y + i) == colour);
    }

    @Test
    void theChartShowsBothLosses() throws IOException {
        curve().writePng(folder.resolve("curve.png"));
        BufferedImage image = ImageIO.read(folder.resolve("curve.png").toFile());
        assertEquals(960, image.getWidth());
        assertEquals(540, image.getHeight());
        // The plot is 840 wide and 430 high from 90, 50; losses reach to 4. Epoch 2 ended with 2, and 1 on validation.
        assertTrue(isNear(BLUE, image, 90 + 840 * 2 / 4 - 20, 50 + 430 / 2));
        assertTrue(isNear(VERMILION, image, 90 + 840 * 3 / 4, 50 + 430 - (int) (430 * 0.9 / 4)));
        assertFalse(isNear(BLUE, image, 90 + 840 * 2 / 4 - 20, 50 + 430 / 4));
        assertThrows(IllegalStateException.class, () -> new TuningCurve().writePng(folder.resolve("none.png")));
    }
}
