package dev.fovea.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** From 4 over 2 to 1, with a gap at 3 whose value is no number, and two points. */
class LineChartTest {

    private static final LineChart.Line LINE =
            new LineChart.Line(new double[] {1, 2, 3, 4}, new double[] {4, 2, Double.NaN, 1});
    private static final LineChart.Line POINTS = new LineChart.Line(new double[] {2, 4}, new double[] {3, 1.5});

    private static String chart(Charset charset) {
        return LineChart.of(new Style(true, false, 22, charset), LINE, POINTS, "step", 4);
    }

    @Test
    void starsWhereThereAreNoBraillePatterns() {
        assertEquals(
                "      4 |   **       \n"
                        + "        |    **o     \n"
                        + "        |     **    o\n"
                        + "      0 |           *\n"
                        + "        +------------\n"
                        + "               step 4\n",
                chart(StandardCharsets.US_ASCII));
    }

    @Test
    void braillePatterns() {
        assertEquals(
                "      4 │   ⠳⡄       \n"
                        + "        │    ⠙⢦o     \n"
                        + "        │     ⠈⠁    o\n"
                        + "      0 │           ⠈\n"
                        + "        └────────────\n"
                        + "               step 4\n",
                chart(StandardCharsets.UTF_8));
    }
}
