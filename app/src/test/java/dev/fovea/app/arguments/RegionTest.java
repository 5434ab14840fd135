package dev.fovea.app.arguments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class RegionTest {

    private static final Picture PICTURE = Picture.ofRgb(200, 100, new byte[200 * 100 * 3]);

    @Test
    void pixelsBecomeLocations() {
        assertEquals(
                "<loc_50><loc_200><loc_500><loc_999>",
                Region.of("10,20,100,100").on(PICTURE));
        assertEquals(Region.of("10,20,100,100"), Region.of(" 10, 20  100.0 ,100 "));
    }

    @Test
    void outsideIsOneLine() {
        for (String region : new String[] {"-1,0,10,10", "0,0,201,10", "0,0,10,101", "NaN,0,1,1"}) {
            FoveaException error =
                    assertThrows(FoveaException.class, () -> Region.of(region).on(PICTURE));
            assertTrue(error.getMessage().contains("outside of the picture; expected"), error.getMessage());
        }
        assertThrows(FoveaException.class, () -> Region.of("10,0,5,5").on(PICTURE));
    }

    @Test
    void fourNumbers() {
        for (String text : new String[] {"", ",", "1,2,3", "1,2,3,", "1,2,3,x", "1;2;3;4", "1,2,3,4,5"}) {
            assertThrows(TypeConversionException.class, () -> Region.of(text), text);
        }
    }
}
