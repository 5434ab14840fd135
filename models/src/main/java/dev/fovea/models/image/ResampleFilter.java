package dev.fovea.models.image;

/** Pillow's resampling filters, by their codes in {@code preprocessor_config.json}. */
public enum ResampleFilter {
    NEAREST(0, 0),
    LANCZOS(1, 3),
    BILINEAR(2, 1),
    BICUBIC(3, 2),
    BOX(4, 0.5),
    HAMMING(5, 1);

    private final int code;
    private final double support;

    ResampleFilter(int code, double support) {
        this.code = code;
        this.support = support;
    }

    /** Returns the filter of this code, or null. */
    static ResampleFilter ofCode(int code) {
        for (ResampleFilter filter : values()) if (filter.code == code) return filter;
        return null;
    }

    /** Returns the reach of the filter to each side, in source pixels when not shrinking. */
    double support() {
        return support;
    }

    /**
     * Returns the filter's value at distance {@code x}. The order of operations is that of libImaging/Resample.c, since
     * bits matter.
     */
    double at(double x) {
        double d = Math.abs(x);
        return switch (this) {
            case NEAREST, BOX -> x > -0.5 && x <= 0.5 ? 1 : 0;
            case BILINEAR -> d < 1 ? 1 - d : 0;
            case BICUBIC -> bicubic(d);
            case HAMMING -> hamming(d);
            case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        };
    }

    private static double bicubic(double x) {
        double a = -0.5;
        if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double hamming(double x) {
        if (x == 0) return 1;
        if (x >= 1) return 0;
        double angle = x * Math.PI;
        return Math.sin(angle) / angle * (0.54f + 0.46f * Math.cos(angle));
    }

    private static double sinc(double x) {
        if (x == 0) return 1;
        double angle = x * Math.PI;
        return Math.sin(angle) / angle;
    }
}
