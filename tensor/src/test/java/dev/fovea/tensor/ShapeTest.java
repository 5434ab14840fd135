package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {

    @Test
    void elements() {
        assertEquals(1, Shape.of().elements());
        assertEquals(24, Shape.of(2, 3, 4).elements());
        assertEquals(0, Shape.of(2, 0, 4).elements());
        assertEquals(6_000_000_000L, Shape.of(60_000, 100_000).elements());
        assertEquals(0, Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elements());
    }

    @Test
    void extentsCountFromBothEnds() {
        Shape shape = Shape.of(7, 8, 9);
        assertEquals(3, shape.rank());
        assertEquals(7, shape.extent(0));
        assertEquals(9, shape.extent(-1));
        assertEquals(7, shape.extent(-3));
        assertThrows(IndexOutOfBoundsException.class, () -> shape.extent(3));
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(Long.MAX_VALUE, 2));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1L << 32, 1L << 32));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1L << 32, 1L << 31));
        assertEquals(1L << 62, Shape.of(1L << 31, 1L << 31).elements());
    }

    @Test
    void isAValue() {
        long[] extents = {2, 3};
        Shape shape = new Shape(extents);
        extents[0] = 9;
        shape.extents()[1] = 9;
        assertEquals(Shape.of(2, 3), shape);
        assertEquals(Shape.of(2, 3).hashCode(), shape.hashCode());
        assertNotEquals(Shape.of(3, 2), shape);
        assertNotEquals(Shape.of(6), shape);
        assertArrayEquals(new long[] {2, 3}, shape.extents());
        assertEquals("[2, 3]", shape.toString());
        assertEquals("[]", Shape.of().toString());
    }
}
