package dev.fovea.models.image;

/**
 * Turns what a TIFF stores instead of colours into red, green and blue, in place: premultiplied colours, luma and
 * chroma, CIE L*a*b*.
 */
final class TiffColours {
    private TiffColours() {}

    /**
     * Divides colours by their alpha as Pillow does (unpackRGBa in libImaging/Unpack.c); transparent pixels have none.
     */
    static void divideByAlpha(byte[] samples, int size, DecodingBudget budget) throws BrokenPictureException {
        for (int i = 0; i < samples.length; i += size) {
            budget.checkAt(i);
            int alpha = samples[i + size - 1] & 0xFF;
            if (alpha == 255) continue;
            for (int c = i; c < i + size - 1; c++) {
                samples[c] = (byte) (alpha == 0 ? 0 : Math.min(255, (samples[c] & 0xFF) * 255 / alpha));
            }
        }
    }

    /**
     * Converts luma and chroma of every pixel by Pillow's tables (libImaging/ConvertYCbCr.c), as it does where nothing
     * is compressed.
     */
    static void ycbcrToRgb(byte[] samples, DecodingBudget budget) throws BrokenPictureException {
        for (int i = 0; i < samples.length; i += 3) {
            budget.checkAt(i);
            int luma = samples[i] & 0xFF;
            int cb = (samples[i + 1] & 0xFF) - 128;
            int cr = (samples[i + 2] & 0xFF) - 128;
            samples[i] = clamp(luma + (scaled(1.402, cr) >> 6));
            samples[i + 1] = clamp(luma + (scaled(-0.34414, cb) + scaled(-0.71414, cr) >> 6));
            samples[i + 2] = clamp(luma + (scaled(1.772, cb) >> 6));
        }
    }

    private static int scaled(double factor, int chroma) {
        return (int) (factor * chroma * 64 + 0.5);
    }

    private static byte clamp(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }

    /**
     * Converts CIE L*a*b* with white D50 to sRGB, as a colour management system does with relative intent; rounding
     * differs from Pillow's LittleCMS by 1 or 2.
     */
    static void labToRgb(byte[] samples, DecodingBudget budget) throws BrokenPictureException {
        for (int i = 0; i < samples.length; i += 3) {
            budget.advance(16); // powers are slow
            double fy = ((samples[i] & 0xFF) * 100.0 / 255 + 16) / 116;
            double x = 0.9642 * cubed(fy + samples[i + 1] / 500.0);
            double y = cubed(fy);
            double z = 0.8249 * cubed(fy - samples[i + 2] / 200.0);
            // XYZ at D50 to linear sRGB: Bradford-adapted primaries.
            samples[i] = encoded(3.1338561 * x - 1.6168667 * y - 0.4906146 * z);
            samples[i + 1] = encoded(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z);
            samples[i + 2] = encoded(0.0719453 * x - 0.2289914 * y + 1.4052427 * z);
        }
    }

    private static double cubed(double t) {
        return t > 6.0 / 29 ? t * t * t : 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0 / 29);
    }

    private static byte encoded(double linear) {
        double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;
        return (byte) Math.clamp(Math.round(255 * value), 0, 255);
    }
}
