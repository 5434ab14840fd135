package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.INTS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.memory.Memory;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies rows of A to their places in a {@link PackedTile}. Four rows of a vector each are transposed by eight
 * permutations of two vectors:
 *
 * <pre>
 * a0 a1 a2 ..      a0 b0 a1 b1 ..      a0 b0 c0 d0 a1 b1 c1 d1 ..
 * b0 b1 b2 ..      c0 d0 c1 d1 ..
 * c0 c1 c2 ..
 * d0 d1 d2 ..
 * </pre>
 *
 * This is five times as fast as element by element, which would make packing take hardly less time than a product of 64
 * columns. Twin: {@code PlainKernels.pack}.
 */
final class VectorPacking {

    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    /** Whether a permutation of two vectors is one instruction, as it is with AVX-512. */
    private static final boolean PERMUTES = INTS.vectorBitSize() == 512;

    /** Interleaves the lower halves of two vectors, lane by lane. */
    private static final IntVector LOWER = lanes(i -> i / 2 + i % 2 * LANES);

    /** Interleaves the upper halves of two vectors, lane by lane. */
    private static final IntVector UPPER = lanes(i -> LANES / 2 + i / 2 + i % 2 * LANES);

    /** Interleaves the lower halves of two vectors, by pairs of lanes. */
    private static final IntVector LOWER_PAIRS = lanes(i -> i / 4 * 2 + i % 2 + i / 2 % 2 * LANES);

    private static final IntVector UPPER_PAIRS = lanes(i -> LANES / 2 + i / 4 * 2 + i % 2 + i / 2 % 2 * LANES);

    private VectorPacking() {}

    private static IntVector lanes(IntUnaryOperator lane) {
        int[] lanes = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = lane.applyAsInt(i);
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    /** Computes {@link Kernels#pack}. */
    static void pack(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        int group = PackedTile.group(height);
        for (int row = 0; row < height; row += group) {
            int at = offset + row * depth;
            if (group == PackedTile.FOUR) {
                long first = from + Math.min(row, rows - 1) * stride;
                long second = from + Math.min(row + 1, rows - 1) * stride;
                long third = from + Math.min(row + 2, rows - 1) * stride;
                long fourth = from + Math.min(row + 3, rows - 1) * stride;
                int whole = PERMUTES ? count - count % LANES : 0;
                packVectors(first, second, third, fourth, to, at, whole);
                packNumbers(first, second, third, fourth, to, at, whole, count);
                continue;
            }
            for (int r = 0; r < group; r++) {
                long source = from + Math.min(r, rows - 1) * stride;
                for (int i = 0; i < count; i++) {
                    to[at + r + i * group] = Memory.get(source + i * 4L);
                }
            }
        }
    }

    private static void packVectors(long row0, long row1, long row2, long row3, float[] to, int offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long from = i * 4L;
            IntVector a = IntVector.fromMemorySegment(INTS, ALL, row0 + from, ORDER);
            IntVector b = IntVector.fromMemorySegment(INTS, ALL, row1 + from, ORDER);
            IntVector c = IntVector.fromMemorySegment(INTS, ALL, row2 + from, ORDER);
            IntVector d = IntVector.fromMemorySegment(INTS, ALL, row3 + from, ORDER);
            IntVector ab = LOWER.selectFrom(a, b);
            IntVector cd = LOWER.selectFrom(c, d);
            int at = offset + i * PackedTile.FOUR;
            LOWER_PAIRS.selectFrom(ab, cd).reinterpretAsFloats().intoArray(to, at);
            UPPER_PAIRS.selectFrom(ab, cd).reinterpretAsFloats().intoArray(to, at + LANES);
            IntVector upperAb = UPPER.selectFrom(a, b);
            IntVector upperCd = UPPER.selectFrom(c, d);
            LOWER_PAIRS.selectFrom(upperAb, upperCd).reinterpretAsFloats().intoArray(to, at + 2 * LANES);
            UPPER_PAIRS.selectFrom(upperAb, upperCd).reinterpretAsFloats().intoArray(to, at + 3 * LANES);
        }
    }

    private static void packNumbers(
            long row0, long row1, long row2, long row3, float[] to, int offset, int start, int count) {
        for (int i = start; i < count; i++) {
            int at = offset + i * PackedTile.FOUR;
            to[at] = Memory.get(row0 + i * 4L);
            to[at + 1] = Memory.get(row1 + i * 4L);
            to[at + 2] = Memory.get(row2 + i * 4L);
            to[at + 3] = Memory.get(row3 + i * 4L);
        }
    }

    /** Computes {@link Kernels#packColumns}. */
    static void packColumns(
            long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        int group = PackedTile.group(height);
        int whole = group == PackedTile.FOUR ? count - count % PackedTile.FOUR : 0;
        for (int row = 0; row < rows; row++) {
            long source = from + row * stride;
            int at = offset + row * group;
            for (int column = 0; column < whole; column += PackedTile.FOUR) {
                FloatVector.fromMemorySegment(FOUR, ALL, source + column * 4L, ORDER)
                        .intoArray(to, at + column * depth);
            }
            for (int column = whole; column < height; column++) {
                int place = at + PackedTile.row(height, depth, column);
                to[place] = column < count ? Memory.get(source + column * 4L) : 0;
            }
        }
    }
}
