package dev.fovea.kernels.cpu.layout;

import dev.fovea.kernels.cpu.machine.GroupLayout;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Holds a matrix {@code W [outputs, inputs]} rounded to a {@link Precision}, in panels of columns, {@code panel[outputs
 * / columns][groups]}, each group in the {@link GroupLayout}. Inputs and outputs that are missing from the last group
 * and the last panel are zeros.
 */
public final class MachineMatrix {

    private static final int GROUP = QuantizedMatrix.GROUP;

    /** Groups that are read of a row at a time, 4 KiB. */
    private static final int CHUNK = 16;

    private static final ValueLayout.OfInt WORDS = ValueLayout.JAVA_INT_UNALIGNED;

    /** What {@code vpdpbusd} wants x to have more than it is. */
    private static final int OFFSET = 128;

    private final int inputs;
    private final int outputs;
    private final GroupLayout layout;
    private final MemorySegment data;

    /** Cleared by whichever thread packs a value that no integer can represent. */
    private volatile boolean fits = true;

    /** Allocates a matrix; {@link #pack} fills it. */
    public MachineMatrix(int inputs, int outputs, GroupLayout layout) {
        this(inputs, outputs, layout, HostMemory.allocate(bytesNeeded(inputs, outputs, layout)));
    }

    /** Creates a matrix in memory that the caller has, at least {@link #bytesNeeded}; {@link #pack} fills it. */
    public MachineMatrix(int inputs, int outputs, GroupLayout layout, MemorySegment data) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.layout = layout;
        this.data = data;
    }

    /** Returns the bytes of a matrix, and a cache line more. */
    public static long bytesNeeded(int inputs, int outputs, GroupLayout layout) {
        return (long) panels(outputs, layout) * groups(inputs) * layout.panelGroup() + HostMemory.ALIGNMENT;
    }

    public int inputs() {
        return inputs;
    }

    public int outputs() {
        return outputs;
    }

    public GroupLayout layout() {
        return layout;
    }

    /** Returns the groups of inputs, at least one: the innermost loop ends when it has counted them down. */
    public int groups() {
        return groups(inputs);
    }

    private static int groups(int inputs) {
        return Math.max(1, QuantizedMatrix.groups(inputs));
    }

    public int panels() {
        return panels(outputs, layout);
    }

    private static int panels(int outputs, GroupLayout layout) {
        return (outputs + layout.columns() - 1) / layout.columns();
    }

    long panelBytes() {
        return (long) groups() * layout.panelGroup();
    }

    /** Returns where a panel begins. */
    public long address(int panel) {
        return data.address() + panel * panelBytes();
    }

    public long bytes() {
        return data.byteSize();
    }

    /** Returns whether integers could represent all packed values. */
    public boolean fits() {
        return fits;
    }

    /** Fills one panel; different panels may be filled by different threads. */
    public void pack(int panel, PackedMatrix.Rows rows, MachineKernels kernels) {
        int columns = layout.columns();
        int present = Math.min(columns, outputs - panel * columns);
        int chunk = Math.min(CHUNK, groups());
        long stride = (long) chunk * GROUP * Float.BYTES;
        long numbers = Scratch.floats(Scratch.Slot.WEIGHTS, (long) columns * chunk * GROUP);
        Memory.zero(numbers, (long) columns * chunk * GROUP);
        for (int group = 0; group < groups(); group += chunk) {
            int some = Math.min(chunk, groups() - group);
            int count = Math.min(some * GROUP, inputs - group * GROUP);
            for (int column = 0; column < present; column++) {
                long to = numbers + column * stride;
                rows.read(panel * columns + column, group * GROUP, to, count);
                Memory.zero(to + (long) count * Float.BYTES, some * GROUP - count);
            }
            for (int i = 0; i < some; i++) {
                long from = numbers + (long) i * GROUP * Float.BYTES;
                packGroup(from, stride, address(panel) + (long) (group + i) * layout.panelGroup(), kernels);
            }
        }
    }

    /**
     * Fills one panel of f32 from a tensor that has inputs as rows and outputs as columns: a panel's rows are parts of
     * its rows. Different panels may be filled by different threads.
     *
     * @param transposed {@code [inputs, outputs]}
     */
    public void packTransposed(int panel, Tensor transposed) {
        int columns = layout.columns();
        int present = Math.min(columns, outputs - panel * columns);
        long from = Memory.address(transposed, 0) + (long) panel * columns * Float.BYTES;
        long rowBytes = (long) columns * Float.BYTES;
        long to = address(panel);
        for (int input = 0; input < inputs; input++) {
            Memory.copy(from + input * Memory.stride(transposed), to + input * rowBytes, present);
            Memory.zero(to + input * rowBytes + (long) present * Float.BYTES, columns - present);
        }
        Memory.zero(to + inputs * rowBytes, (long) (groups() * GROUP - inputs) * columns);
    }

    /**
     * Fills one group of a panel.
     *
     *
     * @param from address of the first column, f32; {@code stride} bytes lie between two columns
     */
    private void packGroup(long from, long stride, long to, MachineKernels kernels) {
        int columns = layout.columns();
        long words = from;
        long wordStride = stride;
        if (layout.precision() != Precision.F32) {
            long scales = to + layout.panelScales();
            words = Scratch.floats(Scratch.Slot.TILE, (long) columns * GROUP);
            kernels.roundWeights(from, stride, words, scales, columns);
            wordStride = layout.rowBytes();
            for (int column = 0; layout.precision().isInteger() && column < columns; column++) {
                if (Float.isNaN(Memory.get(scales + (long) column * Float.BYTES))) {
                    fits = false;
                }
            }
        }
        if (kernels.fillsPanels()) {
            kernels.turn(words, wordStride, to);
            if (layout.precision() == Precision.INT8) {
                kernels.startsOfSums(to, to + layout.panelStarts());
            }
            return;
        }
        int[] unturned = new int[columns * layout.steps()];
        for (int column = 0; column < columns; column++) {
            int at = column * layout.steps();
            MemorySegment.copy(Memory.ALL, WORDS, words + column * wordStride, unturned, at, layout.steps());
        }
        int[] turned = new int[unturned.length];
        turn(unturned, turned);
        MemorySegment.copy(turned, 0, Memory.ALL, WORDS, to, turned.length);
        if (layout.precision() == Precision.INT8) {
            storeStarts(unturned, to + layout.panelStarts());
        }
    }

    /** Transposes: {@code turned[step][column] = words[column][step]}. */
    private void turn(int[] words, int[] turned) {
        int columns = layout.columns();
        int steps = layout.steps();
        for (int column = 0; column < columns; column++) {
            for (int step = 0; step < steps; step++) {
                turned[step * columns + column] = words[column * steps + step];
            }
        }
    }

    /** Stores what is subtracted from a column's sum because 128 was added to every element of x. */
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
