package dev.fovea.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Holds the extents of a tensor, outermost first. A scalar has no extents and one element.
 *
 * @param extents non-negative sizes; the product fits in a {@code long}
 */
public record Shape(long... extents) {

    /**
     * @throws IllegalArgumentException if an extent is negative or the number of elements overflows a {@code long}
     */
    public Shape {
        extents = extents.clone();
        long elements = 1;
        boolean empty = false;
        for (long extent : extents) {
            if (extent < 0) {
                throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(extents));
            }
            empty |= extent == 0;
        }
        for (long extent : extents) {
            if (!empty && Math.multiplyHigh(elements, extent) != 0 || !empty && elements * extent < 0) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(extents) + " has more than 2^63 elements");
            }
            elements *= extent;
        }
    }

    /** Returns a shape of the given extents. */
    public static Shape of(long... extents) {
        return new Shape(extents);
    }

    /** Returns the number of extents: 0 for a scalar, 2 for a matrix. */
    public int rank() {
        return extents.length;
    }

    /** Returns the size along one axis; a negative axis counts from the end ({@code -1} is the innermost). */
    public long extent(int axis) {
        return extents[axis < 0 ? extents.length + axis : axis];
    }

    /** Returns the product of the extents; 1 for a scalar. */
    public long elements() {
        long elements = 1;
        for (long extent : extents) {
            elements *= extent;
        }
        return elements;
    }

    @Override
    public long[] extents() {
        return extents.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    /** Returns the extents as people write them: {@code [768, 3, 32, 32]}. */
    @Override
    public String toString() {
        return Arrays.stream(extents).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
