package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Undoes the predictors of TIFF: differences along a row (TIFF 6.0, section 14) and of floating-point numbers (Adobe's
 * note 3).
 */
final class TiffPredictor {
    private static final int NONE = 1;
    private static final int DIFFERENCES = 2;
    private static final int FLOATING_POINT = 3;

    private TiffPredictor() {}

    /**
     * Turns differences into samples, in place.
     *
     * @param data rows of {@code rowBytes} bytes
     * @param step samples of a pixel in these rows
     */
    static void undo(long predictor, byte[] data, int rowBytes, int step, TiffLayout layout, DecodingBudget budget)
            throws BrokenPictureException {
        if (predictor == NONE) return;
        boolean differences = predictor == DIFFERENCES && layout.bits() % 8 == 0 && layout.bits() <= 32;
        boolean floats = predictor == FLOATING_POINT && layout.mode() == PictureMode.FLOAT;
        if (!differences && !floats) {
            throw new BrokenPictureException("is a TIFF with predictor " + predictor + " for samples of "
                    + layout.bits() + " bits, which is not supported; save it as PNG");
        }
        int size = layout.bits() / 8;
        for (int row = 0; row + rowBytes <= data.length; row += rowBytes) {
            budget.advance(rowBytes);
            if (floats) {
                joinBytePlanes(data, row, rowBytes, size, step, layout.bigEndian());
            } else if (size == 1) {
                for (int i = row + step; i < row + rowBytes; i++) data[i] += data[i - step];
            } else {
                addWide(data, row, rowBytes, size, step, layout.bigEndian());
            }
        }
    }

    private static void addWide(byte[] data, int row, int rowBytes, int size, int step, boolean bigEndian) {
        int back = size * step;
        for (int at = row + back; at + size <= row + rowBytes; at += size) {
            int carry = 0;
            for (int i = 0; i < size; i++) {
                int place = at + (bigEndian ? size - 1 - i : i);
                int sum = (data[place] & 0xFF) + (data[place - back] & 0xFF) + carry;
                data[place] = (byte) sum;
                carry = sum >> 8;
            }
        }
    }

    /**
     * Joins byte planes. A row holds all highest bytes, then all second ones and so on, each as a difference to the one
     * before.
     */
    private static void joinBytePlanes(byte[] data, int row, int rowBytes, int size, int step, boolean bigEndian) {
        for (int i = row + step; i < row + rowBytes; i++) data[i] += data[i - step];
        byte[] planes = Arrays.copyOfRange(data, row, row + rowBytes);
        int count = rowBytes / size;
        for (int i = 0; i < count; i++) {
            for (int b = 0; b < size; b++) {
                data[row + i * size + (bigEndian ? b : size - 1 - b)] = planes[b * count + i];
            }
        }
    }
}
