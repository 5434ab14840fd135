package dev.fovea.converter;

import dev.fovea.models.image.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws pictures to compare models on, the same in every run: soft coloured light, discs, fine stripes and grain in
 * other proportions each, so that there is something in them at every scale. They show nothing, which makes what models
 * answer more sensitive than photographs do.
 */
final class SamplePictures {

    private static final int COUNT = 3;
    private static final int SIZE = 256;
    private static final int DISCS = 12;

    private SamplePictures() {}

    static List<Picture> all() {
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            pictures.add(draw(new SplittableRandom(i), 8 << i));
        }
        return pictures;
    }

    private static Picture draw(SplittableRandom random, int grain) {
        double[] light = random.doubles(9, 0, 6).toArray();
        double[][] discs = new double[DISCS][];
        for (int i = 0; i < DISCS; i++) {
            discs[i] = random.doubles(6).toArray(); // x, y, radius, red, green, blue
        }
        byte[] rgb = new byte[SIZE * SIZE * 3];
        for (int at = 0; at < SIZE * SIZE; at++) {
            double x = (double) (at % SIZE) / SIZE;
            double y = (double) (at / SIZE) / SIZE;
            double stripes = at / SIZE / 4 % 2 == 0 && x > 0.7 ? 30 : 0;
            for (int colour = 0; colour < 3; colour++) {
                double value =
                        128 + 90 * Math.sin(light[3 * colour] + light[3 * colour + 1] * x + light[3 * colour + 2] * y);
                for (double[] disc : discs) {
                    if (Math.hypot(x - disc[0], y - disc[1]) < disc[2] / 6) {
                        value = 255 * disc[3 + colour];
                    }
                }
                value += stripes + random.nextDouble(-grain, grain);
                rgb[3 * at + colour] = (byte) Math.clamp(Math.round(value), 0, 255);
            }
        }
        return Picture.ofRgb(SIZE, SIZE, rgb);
    }
}
