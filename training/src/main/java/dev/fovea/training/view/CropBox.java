package dev.fovea.training.view;

import java.util.random.RandomGenerator;

/**
 * A part of a picture, in pixels.
 *
 * @param top row of its first pixel
 * @param left column of its first pixel
 */
public record CropBox(int top, int left, int height, int width) {

    private static final double WIDEST = 4 / 3.0;
    private static final int ATTEMPTS = 10;

    /**
     * Draws a part as torchvision's {@code RandomResizedCrop.get_params} does: a share of the area, evenly from the
     * least one to all, and a ratio of width to height, its logarithm evenly from 3/4 to 4/3. What does not fit is
     * drawn again; after ten times it is the middle.
     *
     * @param height of the picture, as the width
     * @param least smallest share of the area, above 0
     */
    public static CropBox draw(int height, int width, double least, RandomGenerator random) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double area = height * (double) width * random.nextDouble(least, Math.nextUp(1.0));
            double ratio = Math.exp(random.nextDouble(-Math.log(WIDEST), Math.log(WIDEST)));
            int cropWidth = (int) Math.rint(Math.sqrt(area * ratio));
            int cropHeight = (int) Math.rint(Math.sqrt(area / ratio));
            if (cropWidth > 0 && cropWidth <= width && cropHeight > 0 && cropHeight <= height) {
                int top = random.nextInt(height - cropHeight + 1);
                return new CropBox(top, random.nextInt(width - cropWidth + 1), cropHeight, cropWidth);
            }
        }
        int cropWidth = Math.min(width, (int) Math.rint(height * WIDEST));
        int cropHeight = Math.min(height, (int) Math.rint(width * WIDEST));
        return new CropBox((height - cropHeight) / 2, (width - cropWidth) / 2, cropHeight, cropWidth);
    }
}
