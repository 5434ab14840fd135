package dev.fovea.training.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.training.numerics.KeyedRandom;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What torchvision makes of a picture, and how its crops are distributed: {@code oracle/augmentation_cases.py}. */
class PixelViewTest {

    private static final JsonValue CASE =
            JsonReader.readObject(Path.of("src/test/resources/dev/fovea/training/view/views.json"));

    private static double[] numbers(JsonValue list) {
        return list.items().stream()
                .mapToDouble(number -> number.number(Double.NaN))
                .toArray();
    }

    private static void compare(String name, UnaryOperator<PixelView> change) {
        double[] picture = numbers(CASE.get("picture"));
        float[] values = new float[picture.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) picture[i];
        }
        float[] found = change.apply(new PixelView(
                        values, CASE.get("height").integer(0), CASE.get("width").integer(0)))
                .values();
        double[] expected = numbers(CASE.get(name));
        assertEquals(expected.length, found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 2e-6, name + ", number " + i);
        }
    }

    @Test
    void viewsAreThoseOfTorchvision() {
        double[] box = numbers(CASE.get("box"));
        CropBox part = new CropBox((int) box[0], (int) box[1], (int) box[2], (int) box[3]);
        compare("crop", view -> view.crop(part));
        compare("hflip", PixelView::hflip);
        compare("brightness", view -> view.brightness(1.3));
        compare("contrast", view -> view.contrast(0.7));
        compare("saturation", view -> view.saturation(1.4));
    }

    /** Means and standard deviations of 200,000 draws there and 50,000 here. */
    @Test
    void cropsAreDistributedAsTorchvisionsAre() {
        for (JsonValue expected : CASE.get("crops").items()) {
            int height = expected.get("height").integer(0);
            int width = expected.get("width").integer(0);
            RandomGenerator random = KeyedRandom.of(5);
            int draws = 50_000;
            double[] sums = new double[4];
            double[] squares = new double[4];
            for (int i = 0; i < draws; i++) {
                CropBox box = CropBox.draw(height, width, expected.get("least").number(0), random);
                double[] values = {
                    box.height() * box.width() / (double) (height * width),
                    Math.log(box.width() / (double) box.height()),
                    box.top(),
                    box.left()
                };
                for (int k = 0; k < 4; k++) {
                    sums[k] += values[k];
                    squares[k] += values[k] * values[k];
                }
            }
            double[] means = numbers(expected.get("mean"));
            double[] deviations = numbers(expected.get("deviation"));
            for (int k = 0; k < 4; k++) {
                double mean = sums[k] / draws;
                double deviation = Math.sqrt(Math.max(0, squares[k] / draws - mean * mean));
                assertEquals(means[k], mean, 0.02 * deviations[k] + 1e-9, expected.get("least") + ": mean " + k);
                assertEquals(deviations[k], deviation, 0.02 * deviations[k] + 1e-6, "deviation " + k);
            }
        }
    }
}
