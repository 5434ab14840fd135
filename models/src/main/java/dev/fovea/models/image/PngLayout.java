package dev.fovea.models.image;

/**
 * The layout of a PNG's pixels.
 *
 * @param depth bits of a sample
 * @param samples number of a pixel's samples
 * @param mode mode of the picture
 */
record PngLayout(int depth, int samples, PictureMode mode) {

    /** Returns the layout of a depth and colour type, or null if PNG has no such layout. */
    static PngLayout of(int depth, int colorType) {
        boolean small = depth == 1 || depth == 2 || depth == 4;
        if (depth != 8 && depth != 16 && !small) return null;
        return switch (colorType) {
            case 0 ->
                new PngLayout(
                        depth,
                        1,
                        depth == 1 ? PictureMode.BILEVEL : depth == 16 ? PictureMode.GREY_16 : PictureMode.GREY);
            case 2 -> small ? null : new PngLayout(depth, 3, PictureMode.RGB);
            case 3 -> depth == 16 ? null : new PngLayout(depth, 1, PictureMode.PALETTE);
            // Pillow has no mode for 16-bit grey with alpha.
            case 4 ->
                small ? null : new PngLayout(depth, 2, depth == 16 ? PictureMode.RGB_ALPHA : PictureMode.GREY_ALPHA);
            case 6 -> small ? null : new PngLayout(depth, 4, PictureMode.RGB_ALPHA);
            default -> null;
        };
    }

    int bitsPerPixel() {
        return depth * samples;
    }

    /** Returns the number of bytes that {@code columns} pixels take, without the filter's. */
    int rowBytes(int columns) {
        return (int) (((long) columns * bitsPerPixel() + 7) / 8);
    }

    /**
     * Unpacks the unfiltered pixels of one row to their places from {@code at} on, {@code step} pixels apart; the row
     * starts with its filter.
     */
    void unpack(byte[] row, int columns, byte[] pixels, int at, int step) {
        if (step == 1 && depth == 8) {
            System.arraycopy(row, 1, pixels, at, columns * samples);
            return;
        }
        int size = mode.bytesPerPixel();
        for (int x = 0; x < columns; x++, at += step * size) {
            if (depth == 8) {
                for (int c = 0; c < size; c++) pixels[at + c] = row[1 + x * size + c];
            } else if (depth == 16) {
                wide(row, x, pixels, at);
            } else {
                int bit = x * depth;
                int value = row[1 + (bit >> 3)] >> 8 - depth - (bit & 7) & (1 << depth) - 1;
                // Palette indices stay as they are, grey fills its 8 bits.
                pixels[at] = (byte) (mode == PictureMode.PALETTE ? value : value * (255 / ((1 << depth) - 1)));
            }
        }
    }

    /** Unpacks a 16-bit sample: grey keeps both bytes, everything else the high one. */
    private void wide(byte[] row, int x, byte[] pixels, int at) {
        int from = 1 + 2 * samples * x;
        if (mode == PictureMode.GREY_16) {
            pixels[at] = row[from + 1];
            pixels[at + 1] = row[from];
        } else if (samples == 2) {
            for (int c = 0; c < 4; c++) pixels[at + c] = row[from + (c < 3 ? 0 : 2)];
        } else {
            for (int c = 0; c < samples; c++) pixels[at + c] = row[from + 2 * c];
        }
    }
}
