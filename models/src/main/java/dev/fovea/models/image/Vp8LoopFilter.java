package dev.fovea.models.image;

/** Smooths the edges of blocks once a frame is complete (RFC 6386, section 15). */
final class Vp8LoopFilter {
    boolean segments;
    /** Set where the values of a segment are absolute, not differences; the default of a file that does not say. */
    boolean absolute = true;

    final int[] ofSegment = new int[4];

    private boolean simple;
    private int level;
    private int sharpness;
    private int keyFrameDelta;
    private int blocksDelta;
    private int columns;
    /**
     * Values per macroblock: edge limit, interior limit, threshold of high variance, and whether edges inside are
     * filtered too.
     */
    private byte[] limits;

    private byte[] interiors;
    private byte[] thresholds;
    private boolean[] inside;

    void readHeader(Vp8BitReader header) {
        simple = header.flag();
        level = header.number(6);
        sharpness = header.number(3);
        boolean deltas = header.flag();
        if (!deltas || !header.flag()) return;
        int[] values = new int[8];
        for (int i = 0; i < 8; i++) values[i] = header.optional(6);
        keyFrameDelta = values[0];
        blocksDelta = values[4];
    }

    void start(int columns, int rows) throws BrokenPictureException {
        this.columns = columns;
        int count = PictureSize.bytes(columns, rows, 1);
        limits = new byte[count];
        interiors = new byte[count];
        thresholds = new byte[count];
        inside = new boolean[count];
    }

    /**
     * Sets the limits of macroblock x, y, by its segment, whether it was predicted in 4x4 blocks and whether it had
     * coefficients.
     */
    void set(int x, int y, int segment, boolean blocks, boolean coefficients) {
        int strength = !segments ? level : absolute ? ofSegment[segment] : level + ofSegment[segment];
        strength = Math.clamp(strength + keyFrameDelta + (blocks ? blocksDelta : 0), 0, 63);
        if (strength == 0) return;
        int interior = strength;
        if (sharpness > 0) interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        interior = Math.max(interior, 1);
        int i = y * columns + x;
        limits[i] = (byte) (2 * strength + interior);
        interiors[i] = (byte) interior;
        thresholds[i] = (byte) (strength >= 40 ? 2 : strength >= 15 ? 1 : 0);
        inside[i] = blocks || coefficients;
    }

    void run(Vp8Plane luma, Vp8Plane blue, Vp8Plane red, int columns, int rows, DecodingBudget budget)
            throws BrokenPictureException {
        if (level == 0) return;
        for (int y = 0, i = 0; y < rows; y++) {
            budget.check();
            for (int x = 0; x < columns; x++, i++) {
                if (limits[i] == 0) continue;
                macroblock(luma, x, y, i, 16);
                if (simple) continue;
                macroblock(blue, x, y, i, 8);
                macroblock(red, x, y, i, 8);
            }
        }
    }

    private void macroblock(Vp8Plane plane, int x, int y, int i, int size) {
        int at = plane.at(x * size, y * size);
        int stride = plane.stride;
        int limit = limits[i] & 0xFF;
        if (x > 0) edge(plane.pixels, at, 1, stride, size, limit + 4, i, true);
        for (int step = 4; inside[i] && step < size; step += 4)
            edge(plane.pixels, at + step, 1, stride, size, limit, i, false);
        if (y > 0) edge(plane.pixels, at, stride, 1, size, limit + 4, i, true);
        for (int step = 4; inside[i] && step < size; step += 4) {
            edge(plane.pixels, at + step * stride, stride, 1, size, limit, i, false);
        }
    }

    /**
     * Filters across one edge.
     *
     * @param at first pixel after the edge
     * @param across distance of pixels across the edge
     * @param along distance of pixels along it
     * @param outer whether this is the edge of a macroblock
     */
    private void edge(byte[] p, int at, int across, int along, int length, int limit, int block, boolean outer) {
        int edgeLimit = 2 * limit + 1;
        int interior = interiors[block];
        int threshold = thresholds[block];
        for (int i = 0; i < length; i++, at += along) {
            int p1 = p[at - 2 * across] & 0xFF;
            int p0 = p[at - across] & 0xFF;
            int q0 = p[at] & 0xFF;
            int q1 = p[at + across] & 0xFF;
            if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) > edgeLimit) continue;
            if (simple) {
                two(p, at, across, p1, p0, q0, q1);
                continue;
            }
            int p3 = p[at - 4 * across] & 0xFF;
            int p2 = p[at - 3 * across] & 0xFF;
            int q2 = p[at + 2 * across] & 0xFF;
            int q3 = p[at + 3 * across] & 0xFF;
            boolean smooth = Math.abs(p3 - p2) <= interior
                    && Math.abs(p2 - p1) <= interior
                    && Math.abs(p1 - p0) <= interior
                    && Math.abs(q3 - q2) <= interior
                    && Math.abs(q2 - q1) <= interior
                    && Math.abs(q1 - q0) <= interior;
            if (!smooth) continue;
            if (Math.abs(p1 - p0) > threshold || Math.abs(q1 - q0) > threshold) two(p, at, across, p1, p0, q0, q1);
            else if (outer) six(p, at, across, p2, p1, p0, q0, q1, q2);
            else four(p, at, across, p1, p0, q0, q1);
        }
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }

    private static int signed(int value) {
        return Math.max(-128, Math.min(127, value));
    }

    private static int small(int value) {
        return Math.max(-16, Math.min(15, value >> 3));
    }

    private static void two(byte[] p, int at, int across, int p1, int p0, int q0, int q1) {
        int a = 3 * (q0 - p0) + signed(p1 - q1);
        p[at - across] = clip(p0 + small(a + 3));
        p[at] = clip(q0 - small(a + 4));
    }

    private static void four(byte[] p, int at, int across, int p1, int p0, int q0, int q1) {
        int a = 3 * (q0 - p0);
        int a1 = small(a + 4);
        int a2 = small(a + 3);
        int a3 = a1 + 1 >> 1;
        p[at - 2 * across] = clip(p1 + a3);
        p[at - across] = clip(p0 + a2);
        p[at] = clip(q0 - a1);
        p[at + across] = clip(q1 - a3);
    }

    private static void six(byte[] p, int at, int across, int p2, int p1, int p0, int q0, int q1, int q2) {
        int a = signed(3 * (q0 - p0) + signed(p1 - q1));
        int a1 = 27 * a + 63 >> 7;
        int a2 = 18 * a + 63 >> 7;
        int a3 = 9 * a + 63 >> 7;
        p[at - 3 * across] = clip(p2 + a3);
        p[at - 2 * across] = clip(p1 + a2);
        p[at - across] = clip(p0 + a1);
        p[at] = clip(q0 - a1);
        p[at + across] = clip(q1 - a2);
        p[at + 2 * across] = clip(q2 - a3);
    }
}
