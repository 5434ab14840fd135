package dev.fovea.training.view;

/**
 * A picture, {@code [height, width, 3]}, in numbers from 0 to 1, that is cropped, mirrored or given other colours. Each
 * method makes another one and does what the function of that name in torchvision's {@code transforms.functional} does
 * to tensors.
 *
 * @param values row after row, red, green and blue of each pixel
 */
public record PixelView(float[] values, int height, int width) {

    private static final int CHANNELS = 3;

    /** Bicubic interpolation's coefficient, as Pillow and torch's antialiased resizing have it. */
    private static final double A = -0.5;

    /** Cuts a part out and enlarges it to the size of the whole, by bicubic interpolation. */
    public PixelView crop(CropBox box) {
        int pixel = CHANNELS;
        float[] cut = new float[box.height() * box.width() * pixel];
        for (int y = 0; y < box.height(); y++) {
            int from = ((box.top() + y) * width + box.left()) * pixel;
            System.arraycopy(values, from, cut, y * box.width() * pixel, box.width() * pixel);
        }
        // rows: [box.height, box.width * 3] to [height, box.width * 3]; then columns in each row
        float[] tall = resized(cut, 1, box.height(), height, box.width() * pixel);
        return new PixelView(resized(tall, height, box.width(), width, pixel), height, width);
    }

    /** Resizes the axis in the middle of {@code [outer, length, inner]}; it becomes longer, or stays as it is. */
    private static float[] resized(float[] from, int outer, int length, int target, int inner) {
        float[] to = new float[outer * target * inner];
        double scale = length / (double) target;
        for (int i = 0; i < target; i++) {
            double center = (i + 0.5) * scale;
            int low = Math.max(0, (int) (center - 1.5));
            int high = Math.min(length, (int) (center + 2.5));
            double[] weights = new double[high - low];
            double sum = 0;
            for (int j = 0; j < weights.length; j++) {
                weights[j] = bicubic(Math.abs(low + j + 0.5 - center));
                sum += weights[j];
            }
            for (int j = 0; j < weights.length; j++) {
                float weight = (float) (weights[j] / sum);
                for (int o = 0; o < outer; o++) {
                    int source = (o * length + low + j) * inner;
                    int place = (o * target + i) * inner;
                    for (int k = 0; k < inner; k++) {
                        to[place + k] += weight * from[source + k];
                    }
                }
            }
        }
        return to;
    }

    private static double bicubic(double x) {
        if (x < 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    /** Mirrors left and right. */
    public PixelView hflip() {
        float[] mirrored = new float[values.length];
        for (int i = 0; i < height * width; i++) {
            int other = i / width * width + width - 1 - i % width;
            System.arraycopy(values, i * CHANNELS, mirrored, other * CHANNELS, CHANNELS);
        }
        return new PixelView(mirrored, height, width);
    }

    /** Makes a picture darker, down to black at 0, or brighter. */
    public PixelView brightness(double factor) {
        return blended(factor, i -> 0);
    }

    /** Brings all pixels nearer to the mean grey, which they are at 0, or farther away from it. */
    public PixelView contrast(double factor) {
        double sum = 0;
        for (int i = 0; i < height * width; i++) {
            sum += grey(i);
        }
        float mean = (float) (sum / (height * width));
        return blended(factor, i -> mean);
    }

    /** Makes colours paler, down to greys at 0, or stronger. */
    public PixelView saturation(double factor) {
        return blended(factor, this::grey);
    }

    private float grey(int i) {
        return 0.2989f * values[CHANNELS * i] + 0.587f * values[CHANNELS * i + 1] + 0.114f * values[CHANNELS * i + 2];
    }

    /** What a pixel becomes at factor 0. */
    private interface Origin {
        float of(int pixel);
    }

    private PixelView blended(double factor, Origin origin) {
        float[] blended = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            double mixed = factor * values[i] + (1 - factor) * origin.of(i / CHANNELS);
            blended[i] = (float) Math.clamp(mixed, 0.0, 1.0);
        }
        return new PixelView(blended, height, width);
    }
}
