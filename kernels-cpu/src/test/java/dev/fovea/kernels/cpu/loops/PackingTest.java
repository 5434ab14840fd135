package dev.fovea.kernels.cpu.loops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packing by permutations and tiles of several groups, beside the plain loops that say what they are. */
class PackingTest {

    private static final int COLUMNS = Simd.PANEL_COLUMNS;

    private final Kernels vectors = new VectorKernels();
    private final Kernels plain = new PlainKernels(COLUMNS);
    private final Random random = new Random(5);

    private MemorySegment numbers(int count) {
        MemorySegment memory = HostMemory.allocate(count * 4L);
        for (int i = 0; i < count; i++) {
            Memory.set(memory.address() + i * 4L, random.nextFloat() - 0.5f);
        }
        return memory;
    }

    private static float[] read(MemorySegment memory, int count) {
        float[] values = new float[count];
        Memory.read(memory.address(), values, 0, count);
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 8, 6, 4, 1})
    void rowsAndColumns(int height) {
        for (int depth : new int[] {1, 5, 16, 27, 64, 83}) {
            int stride = depth + random.nextInt(3);
            int rows = 1 + random.nextInt(height);
            int step = random.nextInt(depth);
            int count = 1 + random.nextInt(depth - step);
            MemorySegment from = numbers(Math.max(height, depth) * (stride + height));
            float[] expected = new float[height * depth];
            float[] actual = new float[height * depth];
            int offset = PackedTile.place(height, step);
            plain.pack(from.address(), stride * 4L, rows, expected, offset, height, depth, count);
            vectors.pack(from.address(), stride * 4L, rows, actual, offset, height, depth, count);
            assertArrayEquals(expected, actual, height + " rows, " + depth + " deep, packed");

            long rowBytes = (height + 1) * 4L;
            plain.packColumns(from.address(), rowBytes, count, expected, offset, height, depth, rows);
            vectors.packColumns(from.address(), rowBytes, count, actual, offset, height, depth, rows);
            assertArrayEquals(expected, actual, height + " rows, " + depth + " deep, packed as columns");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 8, 6, 4, 1})
    void aPartOfTheDepthOfATile(int height) {
        if (height > vectors.tallestTile()) {
            return;
        }
        int depth = 40;
        int step = 7;
        int count = 29;
        MemorySegment rows = numbers(height * depth);
        MemorySegment panel = numbers(count * COLUMNS);
        MemorySegment start = numbers(COLUMNS);
        MemorySegment out = HostMemory.allocate(height * COLUMNS * 4L);
        float[] packed = new float[height * depth];
        vectors.pack(rows.address(), depth * 4L, height, packed, 0, height, depth, depth);
        vectors.tile(
                height,
                packed,
                PackedTile.place(height, step),
                depth,
                panel.address(),
                count,
                start.address(),
                out.address(),
                COLUMNS * 4L,
                panel.address());
        float[] a = read(rows, height * depth);
        float[] b = read(panel, count * COLUMNS);
        float[] c = read(out, height * COLUMNS);
        float[] first = read(start, COLUMNS);
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                double sum = first[column];
                for (int k = 0; k < count; k++) {
                    sum += (double) a[row * depth + step + k] * b[k * COLUMNS + column];
                }
                assertEquals(sum, c[row * COLUMNS + column], 1e-5, "row " + row + ", column " + column);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void endsOfTiles(boolean relu) {
        int rows = 11;
        int stride = COLUMNS + 5;
        MemorySegment sums = numbers(rows * COLUMNS);
        MemorySegment added = numbers(rows * stride);
        for (long other : new long[] {0, added.address()}) {
            MemorySegment expected = numbers(rows * stride);
            MemorySegment actual = HostMemory.allocate(rows * stride * 4L).copyFrom(expected);
            plain.endTile(sums.address(), other, stride * 4L, relu, expected.address(), stride * 4L, rows);
            vectors.endTile(sums.address(), other, stride * 4L, relu, actual.address(), stride * 4L, rows);
            assertArrayEquals(read(expected, rows * stride), read(actual, rows * stride));
        }
    }
}
