package dev.fovea.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes features that lie around a mean for each class. */
final class Blobs {

    private Blobs() {}

    /** Returns vectors of unit length; the same classes have the same means whatever the seed. */
    static Examples examples(int width, int classes, int each, long seed) {
        Random random = new Random(seed);
        List<float[]> features = new ArrayList<>();
        int[] indices = new int[classes * each];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = i / each;
            Random mean = new Random(1000 + indices[i]);
            float[] feature = new float[width];
            double squares = 0;
            for (int j = 0; j < width; j++) {
                feature[j] = (float) (mean.nextGaussian() + 1.5 * random.nextGaussian());
                squares += (double) feature[j] * feature[j];
            }
            for (int j = 0; j < width; j++) {
                feature[j] /= (float) Math.sqrt(squares);
            }
            features.add(feature);
        }
        return new Examples(features, indices);
    }
}
