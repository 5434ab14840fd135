package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Computes the innermost loops of products in a {@link Precision}, in machine code. Operands have the {@link
 * GroupLayout}; nothing checks addresses here.
 */
public final class MachineKernels {

    private final GroupLayout layout;
    private final ProductCode code;

    private MachineKernels(ProductCode code) {
        this.code = code;
        layout = code.layout();
    }

    /** Returns the loops for a precision, or null where this machine has none and f32 is as fast. */
    public static MachineKernels of(Precision precision) {
        ProductCode code = ProductCode.of(precision);
        return code == null ? null : new MachineKernels(code);
    }

    /** Returns all precisions that this machine has loops for, f32 first. */
    public static List<Precision> precisions() {
        return Arrays.stream(Precision.values())
                .filter(precision ->
                        precision == Precision.F32 || InstructionSet.of(precision, Processor.current()) != null)
                .toList();
    }

    /**
     * Says for people which instructions machine code is written for, {@code machine code for avx512}, or why there is
     * none.
     */
    public static String description() {
        Processor processor = Processor.current();
        if (processor.reason() != null) {
            return "no machine code: " + processor.reason();
        }
        return Arrays.stream(Precision.values())
                .map(precision -> InstructionSet.of(precision, processor))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .map(widest -> "machine code for " + widest)
                .orElse("no machine code: the processor has no AVX2");
    }

    /** Returns where the operands lie. */
    public GroupLayout layout() {
        return layout;
    }

    /** Returns the most rows of a tile; there are tiles of all heights up to it. */
    public int tallestTile() {
        return code.tallest();
    }

    /** Returns the number of tiles that together prefetch as many bytes as a panel has. */
    public int prefetchTiles() {
        return Math.ceilDiv(layout.panelGroup(), prefetchBytes(1));
    }

    /** Returns the bytes that a tile prefetches. */
    public int prefetchBytes(int groups) {
        return groups * code.fetchedBytes();
    }

    /**
     * Computes {@code start + A B + added} for the rows of some tiles and the columns of a panel.
     *
     * @param run of at most {@link #tallestTile()} rows; a single tile if its results are not stored in the target
     * @param b a panel
     * @param start f32 for each column
     * @param c memory for f32 of one tile, rows end to end, where results go that are not stored in the target
     * @param inputs of a row, without the zeros that fill up its last group
     * @param prefetch {@link #prefetchBytes} for each tile of memory that is needed soon, to be prefetched, or {@code
     *     b} where there is none
     */
    public void tiles(TileRun run, long b, long start, long c, int inputs, long prefetch, TileTarget target) {
        code.tiles(run, b, start, c, inputs, prefetch, target);
    }

    /**
     * Rounds a row of x to its place in a tile.
     *
     * @param from f32, whole groups
     * @param tile where the tile begins
     * @param rows of the tile
     */
    public void roundRow(long from, long tile, int rows, int row, int groups) {
        int stride = layout.tileGroup(rows);
        code.roundInputs(
                from,
                tile + (long) row * layout.rowBytes(),
                tile + layout.tileScales(rows) + (long) row * Float.BYTES,
                groups,
                stride,
                stride);
    }

    /**
     * Rounds one group of every row of a tile to its place there.
     *
     * @param from f32, rows of one group end to end
     * @param tile where the tile begins
     */
    public void roundGroup(long from, long tile, int rows, int group) {
        long to = tile + (long) group * layout.tileGroup(rows);
        code.roundInputs(from, to, to + layout.tileScales(rows), rows, layout.rowBytes(), Float.BYTES);
    }

    /**
     * Rounds one group of every column of a panel.
     *
     *
     * @param from address of the first column, f32; {@code stride} bytes lie between two columns
     * @param to {@code [columns][64]} elements
     * @param scales f32 for each column
     */
    public void roundWeights(long from, long stride, long to, long scales, int columns) {
        for (int column = 0; column < columns; column++) {
            code.roundWeights(
                    from + column * stride,
                    to + (long) column * layout.rowBytes(),
                    scales + (long) column * Float.BYTES);
        }
    }

    /** Returns whether there are {@link #turn} and {@link #startsOfSums}. */
    public boolean fillsPanels() {
        return code.fillsPanels();
    }

    /**
     * Transposes a group of a panel, {@code to[word][column] = from[column][word]}; {@code stride} is from one column
     * to the next.
     */
    public void turn(long from, long stride, long to) {
        code.turn(from, stride, to);
    }

    /** Computes what the sums of a group of bytes start from: an int32 for each column. */
    public void startsOfSums(long group, long to) {
        code.startsOfSums(group, to);
    }
}
