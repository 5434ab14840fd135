package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.training.numerics.KeyedRandom;
import dev.fovea.training.view.CropBox;
import dev.fovea.training.view.PixelView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Says how pictures are changed at random each time they are learned, so that a model sees more than there are.
 * Pictures that choose an epoch or test a model stay as they are. The operations are torchvision's, on the pixels that
 * the model reads; what is drawn follows from the seed, the step and the example alone.
 *
 * @param crop smallest share of the area of a random part that is enlarged to the whole ({@code RandomResizedCrop} with
 *     {@code scale=(crop, 1)} and its usual ratios), above 0; 1 for the whole
 * @param flip probability that left and right are changed ({@code RandomHorizontalFlip}), 0 to 1
 * @param color how far brightness, contrast and saturation change ({@code ColorJitter}): each is multiplied by a factor
 *     from 1 - color to 1 + color, in a random order; 0 to 1
 */
public record Augmentation(double crop, double flip, double color) {

    /** Pictures as they are. */
    public static final Augmentation NONE = new Augmentation(1, 0, 0);

    private static final double USUAL_CROP = 0.5;
    private static final double USUAL_FLIP = 0.5;
    private static final double USUAL_COLOR = 0.2;
    private static final String EXPECTED =
            "expected none, or some of crop, flip and color with commas between them, each with a number or without,"
                    + " such as crop=0.5,flip";

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Augmentation {
        Ranges.require(crop > 0 && crop <= 1, "crop", "above 0 and at most 1", crop);
        Ranges.require(flip >= 0 && flip <= 1, "flip", "0 to 1", flip);
        Ranges.require(color >= 0 && color <= 1, "color", "0 to 1", color);
    }

    /**
     * Reads words: {@code none}, or some of {@code crop}, {@code flip} and {@code color} with commas between them, each
     * with {@code =} and its number, or with the usual one: 0.5, 0.5 and 0.2.
     *
     * @throws IllegalArgumentException if there is another word, one twice, or a number out of its range
     */
    public static Augmentation of(String words) {
        Objects.requireNonNull(words, "words is null");
        Augmentation made = NONE;
        Set<String> said = new HashSet<>();
        for (String word : words.equals("none") ? new String[0] : words.split(",", -1)) {
            String[] parts = word.strip().split("=", 2);
            double given = parts.length == 1 ? Double.NaN : number(parts[1], words);
            boolean isUsual = parts.length == 1;
            if (!said.add(parts[0])) {
                throw new IllegalArgumentException(
                        parts[0] + " stands twice; " + EXPECTED + ", found \"" + words + "\"");
            }
            made = switch (parts[0]) {
                case "crop" -> new Augmentation(isUsual ? USUAL_CROP : given, made.flip, made.color);
                case "flip" -> new Augmentation(made.crop, isUsual ? USUAL_FLIP : given, made.color);
                case "color" -> new Augmentation(made.crop, made.flip, isUsual ? USUAL_COLOR : given);
                default -> throw new IllegalArgumentException(EXPECTED + ", found \"" + words + "\"");
            };
        }
        return made;
    }

    private static double number(String text, String words) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(EXPECTED + ", found \"" + words + "\"", e);
        }
    }

    /** Returns whether it moves what is seen, so that places and sides are no longer where texts say. */
    public boolean movesPlaces() {
        return crop < 1 || flip > 0;
    }

    /**
     * Returns the pixels of pictures as a model reads them, one after the other, changed at random.
     *
     * @param keys of what is drawn for each
     */
    float[] pixels(Preprocessing preprocessing, List<? extends PictureInput> pictures, long[] keys) {
        float[] pixels = preprocessing.applyAll(pictures);
        if (equals(NONE)) {
            return pixels;
        }
        int size = pixels.length / keys.length;
        Levels levels = Levels.of(preprocessing);
        IntStream.range(0, keys.length).parallel().forEach(i -> {
            float[] values = new float[size];
            levels.toShares(pixels, i * size, values);
            PixelView view = new PixelView(values, preprocessing.height(), preprocessing.width());
            levels.fromShares(changed(view, KeyedRandom.of(keys[i])).values(), pixels, i * size);
        });
        return pixels;
    }

    private PixelView changed(PixelView view, RandomGenerator random) {
        PixelView changed = view;
        if (crop < 1) {
            changed = changed.crop(CropBox.draw(view.height(), view.width(), crop, random));
        }
        if (random.nextDouble() < flip) {
            changed = changed.hflip();
        }
        if (color > 0) {
            double brightness = factor(random);
            double contrast = factor(random);
            double saturation = factor(random);
            int first = random.nextInt(3);
            int second = (first + 1 + random.nextInt(2)) % 3;
            for (int which : new int[] {first, second, 3 - first - second}) {
                changed = switch (which) {
                    case 0 -> changed.brightness(brightness);
                    case 1 -> changed.contrast(contrast);
                    default -> changed.saturation(saturation);
                };
            }
        }
        return changed;
    }

    /** Returns the words that {@link #of} reads. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        if (crop < 1) {
            words.add("crop=" + crop);
        }
        if (flip > 0) {
            words.add("flip=" + flip);
        }
        if (color > 0) {
            words.add("color=" + color);
        }
        return words.isEmpty() ? "none" : String.join(",", words);
    }

    private double factor(RandomGenerator random) {
        return 1 - color + 2 * color * random.nextDouble();
    }

    /** What black and white become in each channel of a model's pixels. */
    private record Levels(float[] black, float[] white) {

        static Levels of(Preprocessing preprocessing) {
            double most = preprocessing.rescale() ? 255 * preprocessing.rescaleFactor() : 255;
            float[] black = new float[3];
            float[] white = new float[3];
            for (int c = 0; c < 3; c++) {
                double mean = preprocessing.normalize() ? preprocessing.mean()[c] : 0;
                double std = preprocessing.normalize() ? preprocessing.std()[c] : 1;
                black[c] = (float) (-mean / std);
                white[c] = (float) ((most - mean) / std);
            }
            return new Levels(black, white);
        }

        void toShares(float[] pixels, int from, float[] shares) {
            for (int i = 0; i < shares.length; i++) {
                int c = i % 3;
                shares[i] = (pixels[from + i] - black[c]) / (white[c] - black[c]);
            }
        }

        void fromShares(float[] shares, float[] pixels, int from) {
            for (int i = 0; i < shares.length; i++) {
                int c = i % 3;
                pixels[from + i] = black[c] + shares[i] * (white[c] - black[c]);
            }
        }
    }
}
