package dev.fovea.kernels.opencl;

/**
 * Says how {@code product.cl} is cut: what an item keeps in registers, how many items form a group, and whether a group
 * goes through local memory.
 *
 * @param rows of an item
 * @param vectors of columns of an item
 * @param itemsX items of a group along the columns
 * @param itemsY items of a group along the rows
 * @param depth inputs that go through local memory at a time; 0 for none
 */
record Tile(int rows, int vectors, int itemsX, int itemsY, int depth) {

    String macros() {
        return "-D ROWS=" + rows + " -D VECTORS=" + vectors + " -D ITEMS_X=" + itemsX + " -D ITEMS_Y=" + itemsY
                + (depth == 0 ? " -D STAGED=0" : " -D STAGED=1 -D DEPTH=" + depth);
    }

    int groupRows() {
        return rows * itemsY;
    }

    int groupColumns(int width) {
        return vectors * width * itemsX;
    }

    /** Returns the bytes of local memory of a group. */
    private long localBytes(int width) {
        return (long) Float.BYTES * depth * (groupRows() + 4 + groupColumns(width));
    }

    boolean fits(Device device, int width) {
        return (long) itemsX * itemsY <= device.largestGroup() && localBytes(width) <= device.localBytes();
    }

    @Override
    public String toString() {
        return rows + " " + vectors + " " + itemsX + " " + itemsY + " " + depth;
    }
}
