package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import dev.fovea.tensor.QuantizedMatrix;

/**
 * Where the rounded operands of a product lie, group after group of {@value QuantizedMatrix#GROUP} inputs, the last one filled up with zeros.
 *
 * <pre>
 * a tile of rows of x       group: [rows][64] numbers | [16] f32: the rows' scales, as many as there are rows
 * a panel of W              group: [64 / per word][columns][per word] numbers | [columns] f32: scales | [columns] int32: what sums start from
 * </pre>
 *
 * Numbers that a dot-product instruction takes together, four of a byte or two of 16 bits, are the words of a lane; so is an f32. There are scales only in
 * the integer precisions. Sums start from something only for bytes: {@code vpdpbusd} wants one operand unsigned, so x is stored with 128
 * added, and 128 times the sum of the weights is taken off in advance.
 *
 * @param columns outputs of a panel
 */
public record GroupLayout(Precision precision, int columns) {

    /** Bytes behind the numbers of a group of a tile, where scales are. */
    private static final int LEFT_SCALES = 64;

    /** Bytes of a number. */
    public int bytes() {
        return switch (precision) {
            case F32 -> 4;
            case BF16, INT16 -> 2;
            case INT8 -> 1;
        };
    }

    /** Inputs of a group. */
    public int groupInputs() {
        return QuantizedMatrix.GROUP;
    }

    /** Words of a group: steps of the innermost loop. */
    public int steps() {
        return QuantizedMatrix.GROUP * bytes() / Integer.BYTES;
    }

    /** Bytes of one row's numbers of a group. */
    public int rowBytes() {
        return QuantizedMatrix.GROUP * bytes();
    }

    /** Bytes from one group of a tile to the next. */
    public int tileGroup(int rows) {
        return tileScales(rows) + (precision.isInteger() ? LEFT_SCALES : 0);
    }

    /** Bytes from the beginning of a tile's group to its scales. */
    public int tileScales(int rows) {
        return rows * rowBytes();
    }

    /** Bytes from one group of a panel to the next. */
    public int panelGroup() {
        return panelStarts() + (precision == Precision.INT8 ? columns * Integer.BYTES : 0);
    }

    /** Bytes from the beginning of a panel's group to its scales. */
    public int panelScales() {
        return columns * rowBytes();
    }

    /** Bytes from the beginning of a panel's group to what sums start from. */
    public int panelStarts() {
        return panelScales() + (precision.isInteger() ? columns * Float.BYTES : 0);
    }
}
