package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.machine.GroupLayout;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.HostMemory;
import dev.fovea.tensor.LinearLayout;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A matrix {@code W [outputs, inputs]} rounded as a {@link Precision} says, in panels of columns, {@code panel[outputs / columns][groups]},
 * each group as {@link GroupLayout} says. Inputs and outputs that are missing from the last group and the last panel are zeros.
 */
final class ReducedMatrix {

    private static final int GROUP = QuantizedMatrix.GROUP;
    private static final ValueLayout.OfInt WORDS = ValueLayout.JAVA_INT_UNALIGNED;

    /** What {@code vpdpbusd} wants x to have more than it is. */
    private static final int OFFSET = 128;

    private final int inputs;
    private final int outputs;
    private final GroupLayout layout;
    private final MemorySegment data;

    /** Cleared by whichever thread fills in a number that has no integer. */
    private volatile boolean fits = true;

    /** Room for a matrix; {@link #pack} fills it. */
    ReducedMatrix(int inputs, int outputs, GroupLayout layout) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.layout = layout;
        data = HostMemory.allocate((long) panels() * panelBytes() + HostMemory.ALIGNMENT);
    }

    int inputs() {
        return inputs;
    }

    int outputs() {
        return outputs;
    }

    GroupLayout layout() {
        return layout;
    }

    /** Groups of inputs, at least one: the innermost loop ends when it has counted them down. */
    int groups() {
        return Math.max(1, QuantizedMatrix.groups(inputs));
    }

    int panels() {
        return (outputs + layout.columns() - 1) / layout.columns();
    }

    long panelBytes() {
        return (long) groups() * layout.panelGroup();
    }

    /** Where a panel begins. */
    long address(int panel) {
        return data.address() + panel * panelBytes();
    }

    long bytes() {
        return data.byteSize();
    }

    /** Whether there was an integer for every number that was filled in. */
    boolean fits() {
        return fits;
    }

    /** Fills one panel; different panels may be filled by different threads. */
    void pack(int panel, PackedMatrix.Rows rows, ReducedKernels kernels) {
        int columns = layout.columns();
        int present = Math.min(columns, outputs - panel * columns);
        float[] numbers = Scratch.array(Scratch.Packed.BLOCK, columns * GROUP);
        long unrounded = Scratch.floats(Scratch.Slot.WEIGHTS, (long) columns * GROUP);
        long rounded = Scratch.floats(Scratch.Slot.TILE, (long) columns * GROUP);
        int[] words = new int[columns * layout.steps()];
        int[] turned = new int[words.length];
        Arrays.fill(numbers, 0, columns * GROUP, 0);
        for (int group = 0; group < groups(); group++) {
            int count = Math.min(GROUP, inputs - group * GROUP);
            for (int column = 0; column < present; column++) {
                rows.read(panel * columns + column, group * GROUP, numbers, column * GROUP, count);
                Arrays.fill(numbers, column * GROUP + count, (column + 1) * GROUP, 0);
            }
            if (layout.precision().isInteger() && !LinearLayout.fits(DType.I8, numbers, columns * GROUP)) {
                fits = false;
            }
            Memory.write(numbers, 0, columns * GROUP, unrounded);
            long to = address(panel) + (long) group * layout.panelGroup();
            kernels.roundWeights(unrounded, rounded, to + layout.panelScales(), columns);
            MemorySegment.copy(Memory.ALL, WORDS, rounded, words, 0, words.length);
            turn(words, turned);
            MemorySegment.copy(turned, 0, Memory.ALL, WORDS, to, turned.length);
            if (layout.precision() == Precision.INT8) {
                storeStarts(words, to + layout.panelStarts());
            }
        }
    }

    /** {@code turned[step][column] = words[column][step]}. */
    private void turn(int[] words, int[] turned) {
        int columns = layout.columns();
        int steps = layout.steps();
        for (int column = 0; column < columns; column++) {
            for (int step = 0; step < steps; step++) {
                turned[step * columns + column] = words[column * steps + step];
            }
        }
    }

    /** What a column's sum has too much, since 128 was added to every number of x. */
    private void storeStarts(int[] words, long to) {
        for (int column = 0; column < layout.columns(); column++) {
            int sum = 0;
            for (int step = 0; step < layout.steps(); step++) {
                int word = words[column * layout.steps() + step];
                sum += (byte) word + (byte) (word >> 8) + (byte) (word >> 16) + (byte) (word >> 24);
            }
            Memory.ALL.set(WORDS, to + (long) column * Integer.BYTES, -OFFSET * sum);
        }
    }
}
