package dev.fovea.models.image;

/** Step sizes of coefficients, per segment (RFC 6386, sections 9.6 and 14.1). */
final class Vp8Quantizers {
    boolean segments;
    /** Set where the values of a segment are absolute, not differences; the default of a file that does not say. */
    boolean absolute = true;

    final int[] ofSegment = new int[4];

    private int base;
    private int lumaDcDelta;
    private int secondDcDelta;
    private int secondAcDelta;
    private int colorDcDelta;
    private int colorAcDelta;
    /** Steps per segment: luma, second-order and colour steps, DC and AC of each. */
    private final int[][] steps = new int[4][6];

    void readHeader(Vp8BitReader header) {
        base = header.number(7);
        lumaDcDelta = header.optional(4);
        secondDcDelta = header.optional(4);
        secondAcDelta = header.optional(4);
        colorDcDelta = header.optional(4);
        colorAcDelta = header.optional(4);
    }

    /** Computes the steps, once all headers are read. */
    void start() {
        for (int i = 0; i < 4; i++) {
            int q = !segments ? base : absolute ? ofSegment[i] : base + ofSegment[i];
            steps[i][0] = dc(q + lumaDcDelta);
            steps[i][1] = ac(q);
            steps[i][2] = 2 * dc(q + secondDcDelta);
            steps[i][3] = Math.max(8, ac(q + secondAcDelta) * 155 / 100);
            steps[i][4] = Math.min(132, dc(q + colorDcDelta));
            steps[i][5] = ac(q + colorAcDelta);
        }
    }

    private static int dc(int q) {
        return Vp8Tables.DC_STEPS[Math.clamp(q, 0, 127)];
    }

    private static int ac(int q) {
        return Vp8Tables.AC_STEPS[Math.clamp(q, 0, 127)];
    }

    int lumaDc(int segment) {
        return steps[segment][0];
    }

    int lumaAc(int segment) {
        return steps[segment][1];
    }

    int secondDc(int segment) {
        return steps[segment][2];
    }

    int secondAc(int segment) {
        return steps[segment][3];
    }

    int colorDc(int segment) {
        return steps[segment][4];
    }

    int colorAc(int segment) {
        return steps[segment][5];
    }
}
