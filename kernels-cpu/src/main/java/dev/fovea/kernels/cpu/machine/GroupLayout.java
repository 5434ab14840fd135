package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import dev.fovea.tensor.numbers.QuantizedMatrix;

/**
 * Says how the rounded operands of a product lie, group after group of {@value QuantizedMatrix#GROUP} inputs, the last
 * one filled up with zeros.
 *
 * <pre>
 * a group of a tile of rows of x     [rows][64] elements | [16] f32: the rows' scales, as many as there are rows
 * a group of a panel of W            [64 / per word][columns][per word] elements
 *                                    | [columns] f32: scales | [columns] int32: what sums start from
 * </pre>
 *
 * Elements that a dot-product instruction takes together, four of a byte or two of 16 bits, are the words of a lane; so
 * is an f32. There are scales only in the integer precisions. Sums start from something only for bytes: {@code
 * vpdpbusd} wants one operand unsigned, so x is stored with 128 added, and 128 times the sum of the weights is taken
 * off in advance.
 *
 * @param columns outputs of a panel
 */
public record GroupLayout(Precision precision, int columns) {

    /** Bytes from the end of a tile's group to its scales. */
    private static final int LEFT_SCALES = 64;

    /** Returns the bytes of an element. */
    public int bytes() {
        return switch (precision) {
            case F32 -> 4;
            case BF16, INT16 -> 2;
            case INT8 -> 1;
        };
    }

    /** Returns the inputs of a group. */
    public int groupInputs() {
        return QuantizedMatrix.GROUP;
    }

    /** Returns the words of a group: steps of the innermost loop. */
    public int steps() {
        return QuantizedMatrix.GROUP * bytes() / Integer.BYTES;
    }

    /** Returns the bytes of one row's elements of a group. */
    public int rowBytes() {
        return QuantizedMatrix.GROUP * bytes();
    }

    /** Returns the bytes from one group of a tile to the next. */
    public int tileGroup(int rows) {
        return tileScales(rows) + (precision.isInteger() ? LEFT_SCALES : 0);
    }

    /** Returns the bytes from the beginning of a tile's group to its scales. */
    public int tileScales(int rows) {
        return rows * rowBytes();
    }

    /** Returns the bytes from one group of a panel to the next. */
    public int panelGroup() {
        return panelStarts() + (precision == Precision.INT8 ? columns * Integer.BYTES : 0);
    }

    /** Returns the bytes from the beginning of a panel's group to its scales. */
    public int panelScales() {
        return columns * rowBytes();
    }

    /** Returns the bytes from the beginning of a panel's group to what sums start from. */
    public int panelStarts() {
        return panelScales() + (precision.isInteger() ? columns * Float.BYTES : 0);
    }
}
