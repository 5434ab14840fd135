package dev.fovea.kernels.cpu.layout;

/**
 * Decides which heights tiles have: all that there are, or only the tallest one while little has been multiplied. Each
 * height is a micro-kernel that the JVM has to compile, which takes longer than a whole image. A program that
 * classifies one image and ends is faster with the one that is already compiled, though the last tile of a matrix is
 * then mostly empty. The sums of a row are equal either way.
 */
public final class TileHeights {

    /** Multiply-adds after which the other heights are worth their compilation: about two pictures of a ViT-B/32. */
    public static final long COLD = 10_000_000_000L;

    private final int tallest;
    private final long useAllAfter;

    /** Threads may overwrite each other's counts: it is only an estimate. */
    private long multiplyAdds;

    /**
     * Begins to count.
     *
     * @param tallest the most rows of a tile, one of the heights
     * @param useAllAfter multiply-adds until all heights are used; 0 for a JVM that is warm
     */
    public TileHeights(int tallest, long useAllAfter) {
        this.tallest = tallest;
        this.useAllAfter = useAllAfter;
    }

    /** Returns whether all that there are come into use. */
    public boolean areAll() {
        return multiplyAdds >= useAllAfter;
    }

    /**
     * Cuts rows into tiles.
     *
     * @param perRow multiply-adds that are done with every row
     */
    public Tiling cut(int rows, long perRow) {
        if (areAll()) {
            return Tiling.of(rows, tallest);
        }
        multiplyAdds += rows * perRow;
        return Tiling.ofTallest(rows, tallest);
    }
}
