package dev.fovea.models.image;

/**
 * A transform that an encoder applied to the pixels of a lossless WebP before coding them, and its inverse (the
 * specification, section 4).
 *
 * @param type one of the four below
 * @param width pixels of a row after undoing
 * @param codedWidth pixels of a row before
 * @param bits log2 of the block side, or of the pixels packed into one
 * @param data per block a predictor or colour multipliers, or the palette
 */
record Vp8lTransform(int type, int width, int codedWidth, int bits, int[] data) {
    static final int PREDICTOR = 0;
    static final int CROSS_COLOR = 1;
    static final int SUBTRACT_GREEN = 2;
    static final int COLOR_INDEXING = 3;

    private static final int BLACK = 0xFF000000;

    /** Returns pixels as they were before the transform; the given array may be changed. */
    int[] undo(int[] pixels, int height, DecodingBudget budget) throws BrokenPictureException {
        switch (type) {
            case PREDICTOR -> unpredict(pixels, height, budget);
            case CROSS_COLOR -> uncross(pixels, height, budget);
            case SUBTRACT_GREEN -> {
                for (int i = 0; i < pixels.length; i++) {
                    int green = pixels[i] >> 8 & 0xFF;
                    pixels[i] = add(pixels[i], green << 16 | green);
                    budget.checkAt(i);
                }
            }
            default -> {
                return unindex(pixels, height, budget);
            }
        }
        return pixels;
    }

    private int blocksAcross() {
        return width + (1 << bits) - 1 >> bits;
    }

    private int[] unindex(int[] packed, int height, DecodingBudget budget) throws BrokenPictureException {
        int[] pixels = new int[PictureSize.bytes(width, height, 1)];
        int each = 8 >> bits;
        int mask = (1 << each) - 1;
        for (int y = 0, at = 0; y < height; y++) {
            budget.advance(width);
            for (int x = 0; x < width; x++) {
                int green = packed[y * codedWidth + (x >> bits)] >> 8 & 0xFF;
                pixels[at++] = data[green >> (x & (1 << bits) - 1) * each & mask];
            }
        }
        return pixels;
    }

    private void uncross(int[] pixels, int height, DecodingBudget budget) throws BrokenPictureException {
        int across = blocksAcross();
        for (int y = 0, at = 0; y < height; y++) {
            budget.advance(width);
            for (int x = 0; x < width; x++, at++) {
                int multipliers = data[(y >> bits) * across + (x >> bits)];
                int pixel = pixels[at];
                int green = (byte) (pixel >> 8);
                int red = (pixel >> 16) + ((byte) multipliers * green >> 5) & 0xFF;
                int blue = pixel
                        + ((byte) (multipliers >> 8) * green >> 5)
                        + ((byte) (multipliers >> 16) * (byte) red >> 5);
                pixels[at] = pixel & 0xFF00FF00 | red << 16 | blue & 0xFF;
            }
        }
    }

    private void unpredict(int[] pixels, int height, DecodingBudget budget) throws BrokenPictureException {
        int across = blocksAcross();
        for (int y = 0, at = 0; y < height; y++) {
            budget.advance(width);
            for (int x = 0; x < width; x++, at++) {
                int predicted;
                if (y == 0) predicted = x == 0 ? BLACK : pixels[at - 1];
                else if (x == 0) predicted = pixels[at - width];
                else predicted = predict(data[(y >> bits) * across + (x >> bits)] >> 8 & 15, pixels, at);
                pixels[at] = add(pixels[at], predicted);
            }
        }
    }

    /** Predicts a pixel. The pixel above right of a row's last one is the first of the row itself. */
    private int predict(int mode, int[] pixels, int at) {
        int left = pixels[at - 1];
        int above = pixels[at - width];
        int aboveLeft = pixels[at - width - 1];
        int aboveRight = pixels[at - width + 1];
        return switch (mode) {
            case 1 -> left;
            case 2 -> above;
            case 3 -> aboveRight;
            case 4 -> aboveLeft;
            case 5 -> mean(mean(left, aboveRight), above);
            case 6 -> mean(left, aboveLeft);
            case 7 -> mean(left, above);
            case 8 -> mean(aboveLeft, above);
            case 9 -> mean(above, aboveRight);
            case 10 -> mean(mean(left, aboveLeft), mean(above, aboveRight));
            case 11 -> distance(left, aboveLeft) <= distance(above, aboveLeft) ? above : left;
            case 12 -> {
                int result = 0;
                for (int shift = 0; shift < 32; shift += 8) {
                    result |= clip(channel(left, shift) + channel(above, shift) - channel(aboveLeft, shift)) << shift;
                }
                yield result;
            }
            case 13 -> {
                int middle = mean(left, above);
                int result = 0;
                for (int shift = 0; shift < 32; shift += 8) {
                    int value = channel(middle, shift);
                    result |= clip(value + (value - channel(aboveLeft, shift)) / 2) << shift;
                }
                yield result;
            }
            default -> BLACK;
        };
    }

    private static int channel(int pixel, int shift) {
        return pixel >>> shift & 0xFF;
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }

    /** Returns half of the sum of each channel, rounded down. */
    private static int mean(int a, int b) {
        return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
    }

    private static int distance(int a, int b) {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8) sum += Math.abs(channel(a, shift) - channel(b, shift));
        return sum;
    }

    /** Returns the sum of each channel, without carry from one to the next. */
    static int add(int a, int b) {
        int alphaGreen = (a & 0xFF00FF00) + (b & 0xFF00FF00);
        int redBlue = (a & 0x00FF00FF) + (b & 0x00FF00FF);
        return alphaGreen & 0xFF00FF00 | redBlue & 0x00FF00FF;
    }
}
