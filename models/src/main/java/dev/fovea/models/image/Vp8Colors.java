package dev.fovea.models.image;

/**
 * Scales the half-size colour planes to full size and converts to RGB, in the fixed point of libwebp (dsp/upsampling.c,
 * dsp/yuv.h).
 */
final class Vp8Colors {
    private Vp8Colors() {}

    static byte[] toRgb(Vp8Plane luma, Vp8Plane blue, Vp8Plane red, int width, int height, DecodingBudget budget)
            throws BrokenPictureException {
        byte[] rgb = new byte[PictureSize.bytes(width, height, 3)];
        int[] u = new int[width];
        int[] v = new int[width];
        int colorRows = height + 1 >> 1;
        for (int y = 0; y < height; y++) {
            budget.advance(width);
            // The nearer colour row, and the other one that this row lies between.
            int near = y >> 1;
            int far = Math.clamp((y & 1) == 0 ? near - 1 : near + 1, 0, colorRows - 1);
            widen(blue, near, far, u);
            widen(red, near, far, v);
            int at = luma.at(0, y);
            int to = y * width * 3;
            for (int x = 0; x < width; x++, to += 3) {
                int light = (luma.pixels[at + x] & 0xFF) * 19077 >> 8;
                rgb[to] = clip(light + (v[x] * 26149 >> 8) - 14234);
                rgb[to + 1] = clip(light - (u[x] * 6419 >> 8) - (v[x] * 13320 >> 8) + 8708);
                rgb[to + 2] = clip(light + (u[x] * 33050 >> 8) - 17685);
            }
        }
        return rgb;
    }

    /**
     * Widens a row to full width: weights 9, 3, 3, 1 of the four nearest colour pixels, rounded in libwebp's two steps.
     */
    private static void widen(Vp8Plane plane, int near, int far, int[] out) {
        byte[] p = plane.pixels;
        int n = plane.at(0, near);
        int f = plane.at(0, far);
        int width = out.length;
        int nearLeft = p[n] & 0xFF;
        int farLeft = p[f] & 0xFF;
        out[0] = 3 * nearLeft + farLeft + 2 >> 2;
        for (int x = 1; x <= width - 1 >> 1; x++) {
            int nearRight = p[n + x] & 0xFF;
            int farRight = p[f + x] & 0xFF;
            int sum = nearLeft + nearRight + farLeft + farRight + 8;
            out[2 * x - 1] = (sum + 2 * (nearRight + farLeft) >> 3) + nearLeft >> 1;
            out[2 * x] = (sum + 2 * (nearLeft + farRight) >> 3) + nearRight >> 1;
            nearLeft = nearRight;
            farLeft = farRight;
        }
        if ((width & 1) == 0) out[width - 1] = 3 * nearLeft + farLeft + 2 >> 2;
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value >> 6));
    }
}
