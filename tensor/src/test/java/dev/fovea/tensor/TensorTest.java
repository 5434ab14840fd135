package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.numbers.Sizes;
import dev.fovea.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

class TensorTest {

    /** Rows 0 1 2 3, 10 11 12 13 ... */
    private static Tensor counting(int rows) {
        float[] values = new float[rows * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 4 * 10 + i % 4;
        }
        return new ReferenceBackend().tensor(rows, 4, values);
    }

    @Test
    void viewsSeeTheirRowsAndColumns() {
        Tensor x = counting(5);
        assertArrayEquals(
                new float[] {10, 11, 12, 13, 20, 21, 22, 23}, x.rows(1, 3).toArray());
        assertArrayEquals(
                new float[] {2, 3, 12, 13, 22, 23, 32, 33, 42, 43},
                x.columns(2, 4).toArray());
        assertArrayEquals(
                new float[] {0, 1, 2, 3, 20, 21, 22, 23, 40, 41, 42, 43},
                x.everyRow(2).toArray());
        assertArrayEquals(
                new float[] {11, 31}, x.rows(1, 5).everyRow(2).columns(1, 2).toArray());
        assertArrayEquals(
                new float[] {31},
                x.columns(1, 3).everyRow(3).rows(1, 2).columns(0, 1).toArray());
        assertSame(x.storage(), x.everyRow(2).storage());
    }

    @Test
    void viewsOfNothing() {
        Tensor x = counting(5);
        assertEquals(Shape.of(0, 4), x.rows(5, 5).shape());
        assertEquals(Shape.of(5, 0), x.columns(4, 4).shape());
        assertEquals(0, x.columns(4, 4).toArray().length);
        // The projection of no tokens still has its parts.
        Tensor none = counting(0);
        assertEquals(Shape.of(0, 2), none.columns(2, 4).shape());
        assertEquals(Shape.of(0, 4), none.everyRow(3).shape());
        assertEquals(Shape.of(0, 2), x.rows(5, 5).columns(2, 4).shape());
        assertEquals(Shape.of(0, 7), none.reshape(0, 7).shape());
        assertEquals(Shape.of(3, 0), none.reshape(3, 0).shape());
    }

    @Test
    void contiguous() {
        Tensor x = counting(5);
        assertTrue(x.isContiguous());
        assertTrue(x.rows(1, 3).isContiguous());
        assertFalse(x.columns(0, 3).isContiguous());
        assertFalse(x.everyRow(2).isContiguous());
        assertTrue(x.columns(0, 3).rows(2, 3).isContiguous());
        assertTrue(x.everyRow(1).isContiguous());
    }

    @Test
    void reshape() {
        Tensor x = counting(2);
        assertArrayEquals(
                new float[] {0, 1, 2, 3, 10, 11, 12, 13}, x.reshape(4, 2).toArray());
        assertArrayEquals(new float[] {2, 3}, x.reshape(4, 2).rows(1, 2).toArray());
        assertArrayEquals(
                new float[] {11, 12}, x.columns(1, 3).rows(1, 2).reshape(2, 1).toArray());
        assertThrows(IllegalArgumentException.class, () -> x.reshape(3, 3));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> x.columns(0, 2).reshape(4, 1))
                .getMessage();
        assertTrue(message.contains("[2, 2]") && message.contains("rows apart"), message);
    }

    @Test
    void beyondTheEdge() {
        Tensor x = counting(5);
        assertThrows(IndexOutOfBoundsException.class, () -> x.rows(2, 6));
        assertThrows(IndexOutOfBoundsException.class, () -> x.rows(3, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> x.columns(-1, 2));
        assertThrows(IllegalArgumentException.class, () -> x.everyRow(0));
        Storage storage = x.storage();
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 6, 4, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, -1, 1, 4, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 2, 4, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 1_000_000_000, 4, 4_000_000_000L, 0));
        // Each of these ends where the storage does, if one counts modulo 2^64.
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 3, 4, (1L << 62) + (1L << 36), 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 5, 4, 1L << 62, 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, Long.MAX_VALUE, 1, 4, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new Tensor(storage, 0, 0, Sizes.MOST + 1, 1L << 40, 0));
        // The last row may end where the storage does, whatever the stride.
        assertEquals(43, new Tensor(storage, 9, 2, 1, 10, 0).toArray()[1]);
    }

    @Test
    void everyRowOfFewRows() {
        Tensor x = counting(5);
        assertEquals(Shape.of(1, 4), x.everyRow(Integer.MAX_VALUE).shape());
        Tensor row = x.rows(1, 2);
        for (int i = 0; i < 5; i++) {
            row = row.everyRow(1 << 30);
        }
        assertArrayEquals(new float[] {10, 11, 12, 13}, row.toArray());
    }

    @Test
    void storagesAreReadWithinTheirBounds() {
        Storage storage = counting(5).storage();
        float[] target = new float[8];
        assertThrows(IndexOutOfBoundsException.class, () -> storage.read(1L << 62, target, 0, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> storage.read(-1, target, 0, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> storage.read(0, target, 6, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> storage.read(0, target, 0, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> storage.readRows(0, 1L << 62, 5, 1, target));
        assertThrows(IndexOutOfBoundsException.class, () -> storage.readRows(0, 4, 3, 4, target));
    }

    @Test
    void sizesAreCountedInLong() {
        Storage endless = new Storage(new Owner("test")) {
            @Override
            public long capacity() {
                return Long.MAX_VALUE;
            }

            @Override
            protected void copy(long offset, float[] target, int targetOffset, int count) {
                target[targetOffset] = offset;
            }
        };
        Tensor x = new Tensor(endless, 0, 100_000, 50_000, 50_000, 0);
        assertEquals(5_000_000_000L, x.elements());
        assertEquals(4_500_000_000L, x.rows(90_000, 90_001).offset());
        assertEquals(4_500_000_000L, x.rows(90_000, 90_001).columns(0, 1).toArray()[0], 512);
        assertThrows(IllegalArgumentException.class, x::toArray);
    }
}
