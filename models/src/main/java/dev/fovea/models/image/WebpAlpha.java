package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Reads the alpha channel beside a lossy WebP (the ALPH chunk of the container specification): plain bytes or the green
 * of a lossless picture, each row predicted from its neighbours.
 */
final class WebpAlpha {

    private static final int HORIZONTAL = 1;
    private static final int VERTICAL = 2;

    private WebpAlpha() {}

    /**
     * Adds the alpha channel in bytes {@code start} to {@code end} to a lossy frame.
     *
     * @param shown false if it is only to be checked, in an animation that says it has no alpha
     */
    static Picture add(Picture frame, byte[] data, int start, int end, boolean shown, DecodingBudget budget)
            throws BrokenPictureException {
        // Two bits each of method, filter, preprocessing, and reserved.
        if (end - start < 2 || (data[start] & 3) > 1 || (data[start] >> 4 & 3) > 1 || (data[start] >> 6 & 3) > 1) {
            throw BrokenPictureException.truncated();
        }
        int pixels = frame.width() * frame.height();
        byte[] alpha = (data[start] & 3) == 1
                ? Vp8lDecoder.greens(data, start + 1, end, frame.width(), frame.height(), budget)
                : plain(data, start + 1, end, pixels);
        if (!shown) return frame;
        unfilter(alpha, frame.width(), data[start] >> 2 & 3, budget);
        return with(frame, alpha, budget);
    }

    /** Adds an alpha channel without any transparency. */
    static Picture opaque(Picture frame, DecodingBudget budget) throws BrokenPictureException {
        byte[] alpha = new byte[frame.width() * frame.height()];
        Arrays.fill(alpha, (byte) 255);
        return with(frame, alpha, budget);
    }

    private static Picture with(Picture frame, byte[] alpha, DecodingBudget budget) throws BrokenPictureException {
        byte[] samples = new byte[PictureSize.bytes(frame.width(), frame.height(), 4)];
        for (int i = 0; i < alpha.length; i++) {
            System.arraycopy(frame.bytes(), 3 * i, samples, 4 * i, 3);
            samples[4 * i + 3] = alpha[i];
            budget.checkAt(i);
        }
        return new Picture(frame.width(), frame.height(), PictureMode.RGB_ALPHA, samples, null);
    }

    private static byte[] plain(byte[] data, int from, int end, int pixels) throws BrokenPictureException {
        if (end - from < pixels) throw BrokenPictureException.truncated();
        byte[] alpha = new byte[pixels];
        System.arraycopy(data, from, alpha, 0, pixels);
        return alpha;
    }

    /** Adds to each value its prediction: in the first row the value on the left, in the first column the one above. */
    private static void unfilter(byte[] alpha, int width, int filter, DecodingBudget budget)
            throws BrokenPictureException {
        if (filter == 0) return;
        for (int i = 1; i < alpha.length; i++) {
            int prediction;
            if (i < width) prediction = alpha[i - 1];
            else if (i % width == 0 || filter == VERTICAL) prediction = alpha[i - width];
            else if (filter == HORIZONTAL) prediction = alpha[i - 1];
            else prediction = gradient(alpha[i - 1] & 0xFF, alpha[i - width] & 0xFF, alpha[i - width - 1] & 0xFF);
            alpha[i] += (byte) prediction;
            budget.checkAt(i);
        }
    }

    private static int gradient(int left, int above, int corner) {
        return Math.clamp(left + above - corner, 0, 255);
    }
}
