package dev.fovea.models.image;

/**
 * The position of the stored pixels of a picture whose file holds only part of a larger canvas, as the first frame of
 * an animation may. The canvas is filled in when rows are read, so a file of some bytes that claims a huge one costs no
 * memory for it.
 *
 * @param left column of the canvas where the stored pixels begin
 * @param top row of the canvas where they begin
 * @param width stored pixels of a row
 * @param height stored rows
 * @param fill the bytes of one pixel of the rest of the canvas
 */
record Placement(int left, int top, int width, int height, byte[] fill) {

    /**
     * Returns the position of the stored pixels after a canvas of this size, and they with it, is turned by an EXIF
     * orientation.
     */
    Placement turned(int orientation, int canvasWidth, int canvasHeight) {
        int right = canvasWidth - left - width;
        int below = canvasHeight - top - height;
        return switch (orientation) {
            case 2 -> new Placement(right, top, width, height, fill);
            case 3 -> new Placement(right, below, width, height, fill);
            case 4 -> new Placement(left, below, width, height, fill);
            case 5 -> new Placement(top, left, height, width, fill);
            case 6 -> new Placement(below, left, height, width, fill);
            case 7 -> new Placement(below, right, height, width, fill);
            case 8 -> new Placement(top, right, height, width, fill);
            default -> this;
        };
    }

    /**
     * Copies part of a row of the canvas.
     *
     * @param stored the stored pixels, row by row
     * @param y row of the canvas
     * @param from first column of the canvas
     * @param count pixels
     * @param out receives the bytes, from index 0 on
     */
    void copyRow(byte[] stored, int y, int from, int count, byte[] out) {
        int size = fill.length;
        boolean crosses = y >= top && y < top + height;
        int begin = crosses ? Math.clamp(left - from, 0, count) : count;
        int end = crosses ? Math.clamp(left + width - from, begin, count) : count;
        fill(out, 0, begin);
        if (end > begin) {
            int at = ((y - top) * width + from + begin - left) * size;
            System.arraycopy(stored, at, out, begin * size, (end - begin) * size);
        }
        fill(out, end, count);
    }

    private void fill(byte[] out, int from, int to) {
        for (int i = from * fill.length; i < to * fill.length; i++) out[i] = fill[i % fill.length];
    }
}
