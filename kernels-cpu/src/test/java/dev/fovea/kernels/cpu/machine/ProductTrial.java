package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * Puts the machine code of an integer precision on trial: the same arithmetic in Java, bit for bit, with canaries
 * around whatever it may touch.
 */
final class ProductTrial implements AutoCloseable {

    private static final byte CANARY = 0x5A;
    private static final int CANARIES = 256;

    private final Arena arena = Arena.ofConfined();
    private final Random random = new Random(7);

    @Override
    public void close() {
        arena.close();
    }

    /** Memory with canaries on both sides. */
    record Guarded(MemorySegment all, MemorySegment inside) {

        void check(String what) {
            for (long i = 0; i < CANARIES; i++) {
                long end = all.byteSize() - 1 - i;
                assertEquals(CANARY, all.get(ValueLayout.JAVA_BYTE, i), what + ": written before its beginning");
                assertEquals(CANARY, all.get(ValueLayout.JAVA_BYTE, end), what + ": written behind its end");
            }
        }

        float number(long index) {
            return inside.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES);
        }
    }

    Guarded guarded(long bytes) {
        MemorySegment all = arena.allocate(bytes + 2 * CANARIES, 64);
        all.fill(CANARY);
        return new Guarded(all, all.asSlice(CANARIES, bytes));
    }

    MemorySegment floats(float... numbers) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
    }

    /** Integers of a group as the layout has them: a row's of x, or a column's of W. */
    private static int integer(GroupLayout layout, MemorySegment numbers, long at) {
        return layout.bytes() == 1
                ? numbers.get(ValueLayout.JAVA_BYTE, at)
                : numbers.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
    }

    float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(7) - 3));
        }
        return numbers;
    }

    /** Multiplies tiles with a panel, for all kinds of targets. */
    void tile(ProductCode code, int rows, int groups) {
        tiles(code, rows, groups, 1, false, false);
        tiles(code, rows, groups, 1, true, false);
        tiles(code, rows, groups, 3, true, true);
    }

    private void tiles(ProductCode code, int rows, int groups, int tiles, boolean isStored, boolean isAdded) {
        GroupLayout layout = code.layout();
        int columns = layout.columns();
        long tileBytes = (long) groups * layout.tileGroup(rows) + 64;
        Guarded a = guarded(tiles * tileBytes);
        Guarded b = guarded((long) groups * layout.panelGroup());
        Guarded start = guarded(columns * Float.BYTES);
        Guarded c = guarded((long) rows * columns * Float.BYTES);
        int stride = columns + 5;
        int addedStride = columns + 3;
        int allRows = tiles * rows;
        Guarded out = guarded(((long) (allRows - 1) * stride + columns) * Float.BYTES);
        float[] added = numbers(allRows * addedStride);
        MemorySegment from = floats(numbers(allRows * groups * 64));
        for (int row = 0; row < allRows; row++) {
            long tile = a.inside.address() + row / rows * tileBytes;
            code.roundInputs(
                    from.address() + (long) row * groups * 64 * Float.BYTES,
                    tile + (long) (row % rows) * layout.rowBytes(),
                    tile + layout.tileScales(rows) + (long) (row % rows) * Float.BYTES,
                    groups,
                    layout.tileGroup(rows),
                    layout.tileGroup(rows));
        }
        int[][][] weights = new int[groups][columns][64];
        for (int group = 0; group < groups; group++) {
            panelGroup(code, layout, b.inside.asSlice((long) group * layout.panelGroup()), weights[group]);
        }
        MemorySegment.copy(numbers(columns), 0, start.inside, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, columns);

        code.tiles(
                new TileRun(a.inside.address(), tileBytes, rows, tiles),
                b.inside.address(),
                start.inside.address(),
                c.inside.address(),
                groups * 64,
                b.inside.address(),
                new TileTarget(
                        out.inside.address(),
                        (long) stride * Float.BYTES,
                        isAdded ? floats(added).address() : 0,
                        (long) addedStride * Float.BYTES,
                        isStored));

        int offset = layout.precision() == Precision.INT8 ? 128 : 0;
        for (int row = 0; row < allRows; row++) {
            for (int column = 0; column < columns; column++) {
                float expected = start.number(column);
                for (int group = 0; group < groups; group++) {
                    long block = row / rows * tileBytes + (long) group * layout.tileGroup(rows);
                    int sum = 0;
                    for (int i = 0; i < 64; i++) {
                        int at = row % rows * layout.rowBytes() + i * layout.bytes();
                        int x = integer(layout, a.inside, block + at);
                        sum += (offset == 0 ? x : (x & 0xFF) - offset) * weights[group][column][i];
                    }
                    float scaleOfRow = a.number((block + layout.tileScales(rows)) / Float.BYTES + row % rows);
                    float scaleOfColumn = b.number(
                            ((long) group * layout.panelGroup() + layout.panelScales()) / Float.BYTES + column);
                    expected = Math.fma(sum * scaleOfRow, scaleOfColumn, expected);
                }
                expected += isAdded ? added[row * addedStride + column] : 0;
                assertEquals(
                        expected,
                        isStored ? out.number((long) row * stride + column) : c.number((long) row * columns + column),
                        layout.precision() + " " + rows + " rows, " + groups + " groups, [" + row + ", " + column
                                + "]");
            }
            for (int gap = columns; gap < stride && row < allRows - 1; gap++) {
                long at = ((long) row * stride + gap) * Float.BYTES;
                assertEquals(0x5A5A5A5A, out.inside.get(ValueLayout.JAVA_INT_UNALIGNED, at), "between two rows");
            }
        }
        out.check("out");
        a.check("a");
        b.check("b");
        start.check("start");
        c.check("c");
    }

    /** Fills a group of a panel and tells its integers, column after column. */
    private void panelGroup(ProductCode code, GroupLayout layout, MemorySegment to, int[][] integers) {
        int columns = layout.columns();
        MemorySegment from = floats(numbers(columns * 64));
        Guarded column = guarded(layout.rowBytes());
        for (int c = 0; c < columns; c++) {
            code.roundWeights(
                    from.address() + (long) c * 64 * Float.BYTES,
                    column.inside.address(),
                    to.address() + layout.panelScales() + (long) c * Float.BYTES);
            column.check("a column of weights");
            int sum = 0;
            for (int i = 0; i < 64; i++) {
                int integer = integer(layout, column.inside, (long) i * layout.bytes());
                integers[c][i] = integer;
                sum += integer;
                int perWord = Integer.BYTES / layout.bytes();
                long at = ((long) i / perWord * columns + c) * Integer.BYTES + (long) i % perWord * layout.bytes();
                if (layout.bytes() == 1) {
                    to.set(ValueLayout.JAVA_BYTE, at, (byte) integer);
                } else {
                    to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) integer);
                }
            }
            if (layout.precision() == Precision.INT8) {
                to.set(ValueLayout.JAVA_INT_UNALIGNED, layout.panelStarts() + (long) c * Integer.BYTES, -128 * sum);
            }
        }
    }

    /** Rounds a row with everything in it that a row may have. */
    void rows(ProductCode code) {
        GroupLayout layout = code.layout();
        Precision precision = layout.precision();
        float[][] groups = {
            numbers(64),
            filled(0),
            filled(-0f),
            filled(Float.MIN_VALUE),
            filled(-Float.MIN_NORMAL),
            filled(0x1p-100f),
            filled(0x1p-101f),
            filled(Float.MAX_VALUE),
            filled(-Float.MAX_VALUE),
            ties(precision.largestInput()),
            with(numbers(64), 63, Float.NaN),
            with(numbers(64), 0, Float.POSITIVE_INFINITY),
            with(numbers(64), 31, Float.NEGATIVE_INFINITY),
            with(filled(0), 17, 1),
        };
        int rows = 3;
        Guarded to = guarded((long) groups.length * layout.tileGroup(rows));
        MemorySegment from = arena.allocate((long) groups.length * 64 * Float.BYTES, 64);
        for (int group = 0; group < groups.length; group++) {
            MemorySegment.copy(groups[group], 0, from, ValueLayout.JAVA_FLOAT, (long) group * 64 * Float.BYTES, 64);
        }
        code.roundInputs(
                from.address(),
                to.inside.address() + layout.rowBytes(),
                to.inside.address() + layout.tileScales(rows) + Float.BYTES,
                groups.length,
                layout.tileGroup(rows),
                layout.tileGroup(rows));
        int most = precision.largestInput();
        int offset = precision == Precision.INT8 ? 128 : 0;
        for (int group = 0; group < groups.length; group++) {
            float largest = 0;
            for (float value : groups[group]) {
                largest = Math.max(largest, Math.abs(value));
            }
            long block = (long) group * layout.tileGroup(rows);
            float scale = to.number((block + layout.tileScales(rows)) / Float.BYTES + 1);
            assertEquals(Precision.scale(largest, most), scale, "scale of group " + group);
            if (!Float.isFinite(largest)) {
                assertTrue(Float.isNaN(scale));
                continue;
            }
            for (int i = 0; i < 64; i++) {
                int found = integer(layout, to.inside, block + layout.rowBytes() + (long) i * layout.bytes());
                assertEquals(
                        Precision.round(groups[group][i], largest, most),
                        offset == 0 ? found : (found & 0xFF) - offset,
                        "group " + group + " number " + i + ", " + groups[group][i]);
            }
        }
        to.check("rows");
    }

    private static float[] filled(float value) {
        float[] numbers = new float[64];
        Arrays.fill(numbers, value);
        return numbers;
    }

    private static float[] with(float[] numbers, int place, float value) {
        numbers[place] = value;
        return numbers;
    }

    /** Halves, of which the even neighbour is the nearest. */
    private static float[] ties(int most) {
        float[] numbers = new float[64];
        for (int i = 0; i < 64; i++) {
            numbers[i] = i - 32.5f;
        }
        return with(numbers, 0, most);
    }
}
