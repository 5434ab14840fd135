package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AugmentationTest {

    private static final int SIZE = 16;
    private static final Preprocessing STEPS = Preprocessing.clip(SIZE);

    private static Picture picture() {
        byte[] rgb = new byte[SIZE * SIZE * 3];
        new Random(1).nextBytes(rgb);
        return Picture.ofRgb(SIZE, SIZE, rgb);
    }

    private static float[] pixels(Augmentation augmentation, long... keys) {
        List<Picture> pictures =
                IntStream.range(0, keys.length).mapToObj(i -> picture()).toList();
        return augmentation.pixels(STEPS, pictures, keys);
    }

    @Test
    void wordsAreRead() {
        assertEquals(Augmentation.NONE, Augmentation.of("none"));
        assertEquals(new Augmentation(0.5, 0.5, 0.2), Augmentation.of("crop, flip,color"));
        assertEquals(new Augmentation(0.08, 1, 0), Augmentation.of("flip=1,crop=0.08"));
        for (Augmentation each : List.of(Augmentation.NONE, Augmentation.of("crop,flip"), Augmentation.of("color=1"))) {
            assertEquals(each, Augmentation.of(each.toString()));
        }
        for (String wrong : List.of(
                "", "flips", "crop=", "crop=NaN", "crop=0", "flip=2", "none,flip", "crop=a,flip", "crop,crop")) {
            String said = assertThrows(IllegalArgumentException.class, () -> Augmentation.of(wrong))
                    .getMessage();
            assertTrue(said.contains("such as crop=0.5,flip") || said.contains(" must be "), said);
        }
        assertFalse(Augmentation.of("color").movesPlaces());
        assertTrue(Augmentation.of("flip").movesPlaces());
    }

    /** What is drawn follows from the key alone, so that neither neighbours in a batch nor threads matter. */
    @Test
    void eachPictureFollowsFromItsKey() {
        Augmentation all = Augmentation.of("crop,flip,color");
        float[] both = pixels(all, 1, 2);
        int half = both.length / 2;
        assertArrayEquals(Arrays.copyOf(both, half), pixels(all, 1));
        assertArrayEquals(Arrays.copyOfRange(both, half, 2 * half), pixels(all, 2));
        assertFalse(Arrays.equals(pixels(all, 1), pixels(all, 2)));
        assertArrayEquals(STEPS.apply(picture()), pixels(Augmentation.NONE, 1));
    }

    @Test
    void aMirroredPictureIsTheMirroredPixels() {
        float[] plain = STEPS.apply(picture());
        float[] mirrored = pixels(Augmentation.of("flip=1"), 1);
        for (int i = 0; i < plain.length; i++) {
            int x = i / 3 % SIZE;
            assertEquals(plain[i + 3 * (SIZE - 1 - 2 * x)], mirrored[i], 1e-5);
        }
    }
}
