package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes what products of widened weights, of gradients and of 3 x 3 convolutions consist of, for one {@link
 * InstructionSet}, and makes it executable, once: {@link PackedTileCode}, {@link WideningCode} and {@link
 * WinogradCode}. Nothing checks addresses and indices. Strides are in bytes.
 */
public final class TileFunctions {

    /** Tiles that together prefetch as many bytes as their panel has. */
    public static final int PREFETCH_TILES = PackedTileCode.PREFETCH_TILES;

    /** What Winograd's polynomials are evaluated at, besides 0 and infinity, with both signs. */
    public static final float WINOGRAD_P = WinogradCode.P;

    public static final float WINOGRAD_Q = WinogradCode.Q;

    /** Heights of tiles, and how many rows of each are packed side by side. */
    private static final int[][] HEIGHTS = {{12, 4}, {8, 4}, {6, 6}, {4, 4}, {1, 1}};

    private static final int[] LOW_ROWS = {1, 4};

    private static final WrittenOnce<InstructionSet, TileFunctions> WRITTEN =
            new WrittenOnce<>(set -> write(set, functions(set, Convention.current())));

    private final InstructionSet set;

    /** Keeps the functions where they are. */
    private final WrittenFunctions functions;

    private final MemorySegment[] tiles = new MemorySegment[HEIGHTS[0][0] + 1];
    private final MemorySegment[] lowTiles = new MemorySegment[LOW_ROWS[1] + 1];
    private final MemorySegment[] lowTilesOfBytes = new MemorySegment[LOW_ROWS[1] + 1];
    private final MemorySegment pack;
    private final MemorySegment widenHalf;
    private final MemorySegment widenBfloat;
    private final MemorySegment widenBytes;
    private final MemorySegment winogradInput;
    private final MemorySegment winogradOutput;

    private TileFunctions(InstructionSet set, List<String> names, WrittenFunctions functions) {
        this.set = set;
        this.functions = functions;
        for (int[] height : heights(set)) {
            tiles[height[0]] = function(names, "packedtile" + height[0]);
        }
        for (int rows : lowRows(set)) {
            lowTiles[rows] = function(names, "lowtile" + rows);
            lowTilesOfBytes[rows] = function(names, "lowtile" + rows + "ofbytes");
        }
        pack = function(names, "pack");
        widenHalf = function(names, "widenhalf");
        widenBfloat = function(names, "widenbfloat");
        widenBytes = function(names, "widenbytes");
        winogradInput = function(names, "winogradinput");
        winogradOutput = function(names, "winogradoutput");
    }

    private MemorySegment function(List<String> names, String name) {
        return functions.get(names.indexOf(name));
    }

    private static List<int[]> heights(InstructionSet set) {
        return List.of(HEIGHTS).stream()
                .filter(height -> height[0] <= set.tallest())
                .toList();
    }

    private static List<Integer> lowRows(InstructionSet set) {
        List<Integer> rows = new ArrayList<>();
        for (int low : LOW_ROWS) {
            if (PackedTileCode.panelsOfLowTile(set, low) > 0) {
                rows.add(low);
            }
        }
        return rows;
    }

    /**
     * Returns the functions for vectors of some width, or null where the processor has none or executable memory is
     * refused.
     */
    public static TileFunctions of(int vectorBytes) {
        InstructionSet set = InstructionSet.ofLoops(vectorBytes, Processor.current());
        return set == null ? null : WRITTEN.get(set);
    }

    /** Writes functions, all that {@link #functions} names. */
    static TileFunctions write(InstructionSet set, List<Function> functions) throws ExecutableMemory.Refused {
        List<String> names = functions.stream().map(Function::name).toList();
        return new TileFunctions(set, names, WrittenFunctions.write(functions));
    }

    /** Returns all functions of an instruction set. */
    static List<Function> functions(InstructionSet set, Convention convention) {
        List<Function> functions = new ArrayList<>();
        for (int[] height : heights(set)) {
            functions.add(new Function(
                    "packedtile" + height[0],
                    code -> new PackedTileCode(set, code).emitTile(height[0], height[1], convention)));
        }
        for (int rows : lowRows(set)) {
            functions.add(new Function(
                    "lowtile" + rows, code -> new PackedTileCode(set, code).emitLowTile(rows, false, convention)));
            functions.add(new Function(
                    "lowtile" + rows + "ofbytes",
                    code -> new PackedTileCode(set, code).emitLowTile(rows, true, convention)));
        }
        functions.add(new Function("pack", code -> new PackedTileCode(set, code).emitPack(convention)));
        functions.add(new Function("widenhalf", code -> new WideningCode(set, code).emitHalf(convention)));
        functions.add(new Function("widenbfloat", code -> new WideningCode(set, code).emitBfloat(convention)));
        functions.add(new Function("widenbytes", code -> new WideningCode(set, code).emitBytes(convention)));
        functions.add(new Function("winogradinput", code -> new WinogradCode(set, code).emitInput(convention)));
        functions.add(new Function("winogradoutput", code -> new WinogradCode(set, code).emitOutput(convention)));
        return functions;
    }

    /**
     * Computes {@code c[rows, columns] = start + a[rows, depth] b[depth, columns]}.
     *
     * @param rows 12, 8, 6, 4 or 1, at most as many as the instruction set's tallest tile has
     * @param a packed rows, in groups of four where the height is a multiple of that
     * @param index of the first element
     * @param packedDepth steps from one group of rows to the next
     * @param prefetch memory that is needed soon, a quarter as long as the panel
     */
    public void tile(
            int rows,
            float[] a,
            int index,
            int packedDepth,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long prefetch) {
        long groupBytes = (long) packedDepth * 4 * Float.BYTES;
        KernelArguments.call(tiles[rows], a, index, groupBytes, b, depth, start, c, cStride, prefetch);
    }

    /** Returns how many panels a low tile takes side by side for some rows; 0 if there is none. */
    public int panelsOfLowTile(int rows) {
        return PackedTileCode.panelsOfLowTile(set, rows);
    }

    /**
     * Computes {@link #tile} for few rows and several panels, {@code c[rows, panels * columns]}.
     *
     * @param rows for which {@link #panelsOfLowTile} is not 0
     * @param panelBytes from one panel to the next
     */
    public void lowTile(int rows, float[] a, int index, long b, long panelBytes, int depth, long start, long c) {
        KernelArguments.call(lowTiles[rows], a, index, b, panelBytes, 0, 0, depth, start, c);
    }

    /**
     * Computes {@link #lowTile} for panels of bytes.
     *
     * @param scales a row for each 64 steps, the first of which begins at {@code b}
     * @param panelScaleBytes from the scales of one panel to those of the next
     */
    public void lowTileOfBytes(
            int rows,
            float[] a,
            int index,
            long b,
            long panelBytes,
            long scales,
            long panelScaleBytes,
            int depth,
            long start,
            long c) {
        KernelArguments.call(lowTilesOfBytes[rows], a, index, b, panelBytes, scales, panelScaleBytes, depth, start, c);
    }

    /** Copies four rows as columns, {@code to[index + 4 * i + row] = row[i]}; {@code count} may be 0. */
    public void pack(long row0, long row1, long row2, long row3, float[] to, int index, int count) {
        KernelArguments.call(pack, to, index, row0, row1, row2, row3, count, 0, 0);
    }

    /** Widens numbers in IEEE half precision, some rows of a panel. */
    public void widenHalf(long from, long to, int rows) {
        KernelArguments.call(widenHalf, from, to, rows, 0, 0, 0);
    }

    /** Widens numbers in bfloat16, some rows of a panel. */
    public void widenBfloat(long from, long to, int rows) {
        KernelArguments.call(widenBfloat, from, to, rows, 0, 0, 0);
    }

    /** Widens bytes, some rows of a panel, and multiplies each by its column's scale. */
    public void widenBytes(long from, long scales, long to, int rows) {
        KernelArguments.call(widenBytes, from, to, rows, scales, 0, 0);
    }

    /**
     * Transforms 6 x 6 pixels to 36 places, {@code Bᵀ d B}.
     *
     * @param pixels their addresses
     * @param bytes of all channels: whole vectors
     * @param square 36 vectors of memory
     */
    public void winogradInput(long pixels, long to, long toStride, long bytes, long square) {
        KernelArguments.call(winogradInput, pixels, to, toStride, bytes, square, 0);
    }

    /**
     * Transforms 36 places to 4 x 4 pixels, {@code Aᵀ M A} and a bias.
     *
     * @param bytes of all channels: whole vectors
     * @param square 36 vectors of memory
     */
    public void winogradOutput(
            long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, long bytes, long square) {
        KernelArguments.call(winogradOutput, from, fromStride, bias, to, pixelBytes, lineBytes, bytes, square);
    }
}
