package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the functions of one {@link Precision} and makes them executable, once: tiles of every height ({@link
 * TileCode}) and the rounding of rows ({@link RowCode}). Nothing checks the addresses that they are called with.
 */
public final class ProductCode {

    private static final WrittenOnce<Precision, ProductCode> WRITTEN =
            new WrittenOnce<>(precision -> write(precision, InstructionSet.of(precision, Processor.current())));

    /** Words of every column that {@link #turn} brings along at a time. */
    private static final int WORDS_OF_BLOCK = 16;

    private final GroupLayout layout;
    private final int tallest;

    /** Keeps the functions where they are. */
    private final WrittenFunctions functions;

    private final MemorySegment[] tiles;
    private final MemorySegment roundInputs;
    private final MemorySegment roundWeights;

    /** Null where a panel is filled in Java. */
    private final MemorySegment turn;

    private final MemorySegment startsOfSums;

    private ProductCode(GroupLayout layout, int tallest, WrittenFunctions functions) {
        this.layout = layout;
        this.tallest = tallest;
        this.functions = functions;
        tiles = new MemorySegment[tallest + 1];
        for (int rows = 1; rows <= tallest; rows++) {
            tiles[rows] = functions.get(rows - 1);
        }
        roundInputs = functions.get(tallest);
        roundWeights = functions.get(tallest + 1);
        turn = functions.count() > tallest + 2 ? functions.get(tallest + 2) : null;
        startsOfSums = functions.count() > tallest + 3 ? functions.get(tallest + 3) : null;
    }

    /**
     * Returns the functions for a precision, or null where the processor has no instructions for it or executable
     * memory is refused.
     */
    public static ProductCode of(Precision precision) {
        return InstructionSet.of(precision, Processor.current()) == null ? null : WRITTEN.get(precision);
    }

    /** Writes the functions, whether they are faster than f32 or not. */
    static ProductCode write(Precision precision, InstructionSet set) throws ExecutableMemory.Refused {
        return write(precision, set, functions(precision, set, Convention.current()));
    }

    /** Writes functions: tiles from one row up to the tallest, the rounding of x, that of weights. */
    static ProductCode write(Precision precision, InstructionSet set, List<Function> functions)
            throws ExecutableMemory.Refused {
        return new ProductCode(layout(precision, set), set.tallest(), WrittenFunctions.write(functions));
    }

    static GroupLayout layout(Precision precision, InstructionSet set) {
        return new GroupLayout(precision, set.columns());
    }

    /** Returns all functions of a precision, in the order in which they are written. */
    static List<Function> functions(Precision precision, InstructionSet set, Convention convention) {
        GroupLayout layout = layout(precision, set);
        List<Function> functions = new ArrayList<>();
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.add(
                    new Function("tile" + rows, code -> new TileCode(layout, set, height, code).emit(convention)));
        }
        boolean isUnsigned = precision == Precision.INT8;
        functions.add(new Function(
                "rows", code -> new RowCode(layout, set, code).emit(precision.largestInput(), isUnsigned, convention)));
        functions.add(new Function(
                "weights", code -> new RowCode(layout, set, code).emit(precision.largestWeight(), false, convention)));
        if (set == InstructionSet.AVX512) {
            functions.add(new Function("turn", code -> new PanelCode(layout, code).emitTurn(convention)));
            if (isUnsigned) {
                functions.add(new Function("starts", code -> new PanelCode(layout, code).emitStarts(convention)));
            }
        }
        return functions;
    }

    /** Returns where the operands lie. */
    public GroupLayout layout() {
        return layout;
    }

    /** Returns the most rows of a tile. */
    public int tallest() {
        return tallest;
    }

    /** Returns the bytes that a tile prefetches for every group. */
    public int fetchedBytes() {
        return TileCode.fetchedBytes(layout);
    }

    /** Multiplies tiles of a height with a panel; see {@link TileCode} and {@link MachineKernels#tiles}. */
    public void tiles(TileRun run, long b, long start, long c, int inputs, long prefetch, TileTarget target) {
        KernelArguments arguments = KernelArguments.ofThread();
        arguments.set(0, run.address(), b, start, c, TileCode.length(layout, inputs), prefetch);
        arguments.set(
                6,
                target.out(),
                target.stride(),
                target.added(),
                target.addedStride(),
                target.isStored() ? target.out() : c,
                target.isStored() ? target.stride() : (long) layout.columns() * Float.BYTES);
        long prefetchBytes = prefetch == b ? 0 : (long) Math.max(1, QuantizedMatrix.groups(inputs)) * fetchedBytes();
        arguments.set(12, run.tiles(), run.stride(), prefetchBytes, 0, 0, 0);
        arguments.call(tiles[run.rows()]);
    }

    /** Rounds groups of x; see {@link RowCode}. */
    public void roundInputs(long from, long to, long scale, int groups, int stride, int scaleStride) {
        KernelArguments.call(roundInputs, from, to, scale, groups, stride, scaleStride);
    }

    /** Rounds one group of weights; see {@link RowCode}. */
    public void roundWeights(long from, long to, long scale) {
        KernelArguments.call(roundWeights, from, to, scale, 1, 0, 0);
    }

    /** Returns whether {@link #turn} and {@link #startsOfSums} are there: on AVX-512. */
    public boolean fillsPanels() {
        return turn != null;
    }

    /** Brings a group of a panel's columns into its order; see {@link PanelCode}. */
    public void turn(long from, long stride, long to) {
        KernelArguments.call(turn, from, stride, to, layout.steps() / WORDS_OF_BLOCK, 0, 0);
    }

    /** Computes what the sums of a group of bytes start from; see {@link PanelCode}. */
    public void startsOfSums(long group, long to) {
        KernelArguments.call(startsOfSums, group, to, 0, 0, 0, 0);
    }
}
