package dev.fovea.tensor.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.tensor.TopK;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostOperationsTest {

    private static int[] indices(int k, float... row) {
        return HostOperations.topK(row, 1, row.length, k).indices()[0];
    }

    @Test
    void largestFirstAndTheFirstOfEquals() {
        assertArrayEquals(new int[] {3, 1, 4}, indices(3, 1, 5, 2, 7, 5));
        assertArrayEquals(new int[] {0, 1, 2}, indices(3, 4, 4, 4, 4));
        assertArrayEquals(new int[] {1, 0}, indices(2, Float.NEGATIVE_INFINITY, -1));
        assertArrayEquals(new int[] {}, indices(0, 1, 2));
        assertArrayEquals(new int[] {0, 1}, indices(2, -0f, 0f));
    }

    /** A NaN must not push numbers out of their places unseen. */
    @Test
    void notANumberComesFirst() {
        float nan = Float.NaN;
        assertArrayEquals(new int[] {2, 0}, indices(2, 5, 4, nan, 1));
        assertArrayEquals(new int[] {0, 2, 3}, indices(3, nan, 1, nan, 7));
        assertArrayEquals(new int[] {1, 2}, indices(2, Float.POSITIVE_INFINITY, nan, nan));
    }

    @Test
    void rowsAreTakenOneByOne() {
        TopK found = HostOperations.topK(new float[] {1, 2, 9, 8}, 2, 2, 1);
        assertArrayEquals(new int[][] {{1}, {0}}, found.indices());
        assertArrayEquals(new float[][] {{2}, {9}}, found.values());
        assertEquals(0, HostOperations.topK(new float[0], 0, 5, 3).indices().length);
    }

    @Test
    void sameAsASortedRow() {
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            int columns = 1 + random.nextInt(40);
            int k = random.nextInt(columns + 1);
            float[] row = new float[columns];
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextInt(10) - 5;
            }
            List<Integer> sorted = IntStream.range(0, columns)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> -row[i]))
                    .limit(k)
                    .toList();
            assertEquals(sorted, IntStream.of(indices(k, row)).boxed().toList());
        }
    }
}
