package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocationGridTest {

    /** The values of transformers' own unit test. */
    @ParameterizedTest
    @CsvSource({
        "750, 1121, 851, 1239, 750, 1121, 799, 1199",
        "0, 0, 30, 40, 0, 0, 30, 40",
        "500, 550, 600, 690, 500, 550, 600, 690"
    })
    void boxesComeBackAsInTheReference(int x1, int y1, int x2, int y2, int left, int top, int right, int bottom) {
        LocationGrid grid = new LocationGrid(800, 1200);
        assertEquals(
                List.of(left, top, right, bottom),
                List.of(grid.x(grid.column(x1)), grid.y(grid.row(y1)), grid.x(grid.column(x2)), grid.y(grid.row(y2))));
    }

    @Test
    void binsBeyondTheGridLieOutsideOfThePicture() {
        assertEquals(1000, new LocationGrid(1000, 1).x(1000));
        assertEquals(Integer.MAX_VALUE, new LocationGrid(1000, 1).x(Long.MAX_VALUE));
    }

    @Test
    void regionsBecomeTokens() {
        LocationGrid grid = new LocationGrid(640, 480);
        assertEquals("<loc_0><loc_0><loc_999><loc_999>", grid.region(0, 0, 640, 480));
        assertEquals("<loc_53><loc_333><loc_932><loc_772>", grid.region(34, 160, 597, 371));
        assertEquals("<loc_0><loc_1><loc_0><loc_1>", grid.region(0.5, 0.5, 0.5, 0.5));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 641, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void regionsOutsideOfThePictureAreRefused(double x) {
        assertEquals(
                "the region " + x
                        + ", 0.0, 640.0, 480.0 lies outside of the picture; expected x1, y1, x2, y2 in pixels, x from 0"
                        + " to 640 and y from 0 to 480",
                refused(x, 0, 640, 480));
        assertTrue(refused(0, 0, x, 480).contains("outside"));
        assertTrue(refused(0, x, 640, 480).contains("outside"));
        assertTrue(refused(0, 0, 640, x).contains("outside"));
    }

    @Test
    void regionsThatAreInvertedAreRefused() {
        assertEquals(
                "the region 20.0, 0.0, 10.0, 5.0 is inverted; expected x1, y1, x2, y2 in pixels, x1 at most x2 and y1"
                        + " at most y2",
                refused(20, 0, 10, 5));
        assertTrue(refused(0, 5, 10, 4).contains("inverted"));
    }

    @Test
    void aPictureHasPixels() {
        assertThrows(IllegalArgumentException.class, () -> new LocationGrid(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new LocationGrid(1, -1));
    }

    private static String refused(double x1, double y1, double x2, double y2) {
        LocationGrid grid = new LocationGrid(640, 480);
        return assertThrows(FoveaException.class, () -> grid.region(x1, y1, x2, y2))
                .getMessage();
    }
}
