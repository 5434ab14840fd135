package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of one reduced {@link Precision}, written and made executable once: tiles of every height ({@link ReducedTileCode}) and the
 * rounding of rows ({@link ReducedRowCode}). Nothing checks the addresses that they are called with.
 */
public final class ReducedCode {

    /** The most rows of a tile: their sums take 24 of the 32 registers. */
    public static final int TALLEST = 12;

    /** Outputs of a panel: two registers of 16. */
    private static final int COLUMNS = 32;

    private static final FunctionDescriptor SIX_LONGS = FunctionDescriptor.ofVoid(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);

    /** Calls any function of six integers. A constant, so that compiled code jumps straight to the function. */
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(SIX_LONGS, Linker.Option.critical(false));

    private static final ReducedCode[] WRITTEN = new ReducedCode[Precision.values().length];

    private static final int FUNCTION_ALIGNMENT = 64;

    private final GroupLayout layout;

    /** Keeps the functions where they are. */
    private final ExecutableMemory memory;

    private final MemorySegment[] tiles = new MemorySegment[TALLEST + 1];
    private final MemorySegment roundInputs;
    private final MemorySegment roundWeights;

    private ReducedCode(GroupLayout layout, ExecutableMemory memory, int[] starts) {
        this.layout = layout;
        this.memory = memory;
        for (int rows = 1; rows <= TALLEST; rows++) {
            tiles[rows] = function(starts[rows - 1]);
        }
        roundInputs = function(starts[TALLEST]);
        roundWeights = function(starts[TALLEST + 1]);
    }

    private MemorySegment function(int start) {
        return MemorySegment.ofAddress(memory.address() + start);
    }

    /**
     * The functions for a precision, or null where the processor has no instructions for it or executable memory is refused.
     *
     * @param precision any but f32
     */
    public static synchronized ReducedCode of(Precision precision) {
        if (!isNative(precision, Processor.current())) {
            return null;
        }
        if (WRITTEN[precision.ordinal()] == null) {
            try {
                WRITTEN[precision.ordinal()] = write(precision);
            } catch (ExecutableMemory.Refused refused) {
                return null; // memory ran out, since the processor could be asked
            }
        }
        return WRITTEN[precision.ordinal()];
    }

    /**
     * Whether a processor has instructions for a precision that are faster than f32. {@code vdpbf16ps} is on those of AMD (twice the speed of
     * f32 on Zen 4), but not on those of Intel, which multiply bf16 in tiles of AMX (half the speed of f32 on Emerald Rapids).
     */
    public static boolean isNative(Precision precision, Processor processor) {
        return switch (precision) {
            case F32 -> true;
            case BF16 -> processor.avx512Bf16() && processor.vendor().equals("AuthenticAMD");
            case INT16, INT8 -> processor.avx512Vnni();
        };
    }

    /** Writes the functions, whether they are faster than f32 or not. */
    static ReducedCode write(Precision precision) throws ExecutableMemory.Refused {
        GroupLayout layout = new GroupLayout(precision, COLUMNS);
        Convention convention = Convention.current();
        Assembler code = new Assembler();
        int[] starts = new int[TALLEST + 2];
        for (int i = 0; i < starts.length; i++) {
            code.align(FUNCTION_ALIGNMENT);
            starts[i] = code.size();
            if (i < TALLEST) {
                ReducedTileCode.emit(layout, i + 1, code, convention);
            } else if (i == TALLEST) {
                ReducedRowCode.emit(layout, precision.largestInput(), precision == Precision.INT8, code, convention);
            } else {
                ReducedRowCode.emit(layout, precision.largestWeight(), false, code, convention);
            }
        }
        return new ReducedCode(layout, ExecutableMemory.of(code.code()), starts);
    }

    /** Where the operands lie. */
    public GroupLayout layout() {
        return layout;
    }

    /** Bytes of the memory ahead that a tile fetches for every group. */
    public int fetchedBytes() {
        return ReducedTileCode.fetchedBytes(layout);
    }

    /** See {@link ReducedTileCode}. */
    public void tile(int rows, long a, long b, long start, long c, int groups, long ahead) {
        call(tiles[rows], a, b, start, c, groups, ahead);
    }

    /** Rounds a row of x; see {@link ReducedRowCode}. */
    public void roundInputs(long from, long to, long scale, int groups, int stride) {
        call(roundInputs, from, to, scale, groups, stride, 0);
    }

    /** Rounds one group of weights; see {@link ReducedRowCode}. */
    public void roundWeights(long from, long to, long scale) {
        call(roundWeights, from, to, scale, 1, 0, 0);
    }

    private static void call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        try {
            CALL.invokeExact(function, a, b, c, d, e, f);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
