package dev.fovea.app.arguments;

import dev.fovea.models.florence.LocationGrid;
import dev.fovea.models.image.Picture;
import picocli.CommandLine.TypeConversionException;

/** Describes a part of a picture, {@code x1,y1,x2,y2} in its pixels. */
public record Region(double x1, double y1, double x2, double y2) {

    /**
     * Reads the option's value. The numbers may have any value here; which of them lie in the picture is checked by
     * {@link #on}.
     */
    public static Region of(String text) {
        try {
            String[] numbers = text.strip().split("[,\\s]+", -1);
            if (numbers.length == 4) {
                return new Region(
                        Double.parseDouble(numbers[0]),
                        Double.parseDouble(numbers[1]),
                        Double.parseDouble(numbers[2]),
                        Double.parseDouble(numbers[3]));
            }
        } catch (NumberFormatException wrong) {
            // the same complaint
        }
        throw new TypeConversionException("expected x1,y1,x2,y2 in pixels of the picture, found \"" + text + "\"");
    }

    /**
     * Returns the region as location tokens.
     *
     * @throws dev.fovea.tensor.FoveaException if it lies outside of the picture
     */
    public String on(Picture picture) {
        return new LocationGrid(picture.width(), picture.height()).region(x1, y1, x2, y2);
    }
}
