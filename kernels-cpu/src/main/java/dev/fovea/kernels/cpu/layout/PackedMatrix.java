package dev.fovea.kernels.cpu.layout;

import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.LinearLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Holds a matrix {@code W [outputs, inputs]} in the order in which the micro-kernel reads it: panels of as many outputs
 * as a tile is wide, and within a panel one row of outputs for every input, {@code panel[outputs /
 * width][inputs][width]}. The last panel is filled up with zeros. Elements are f32, f16, bf16 or int8; for int8 a row
 * of scales belongs to every {@link QuantizedMatrix#GROUP} inputs of a panel.
 */
public final class PackedMatrix {

    /** Inputs that are transposed at a time: a block of them for a whole panel stays in the first-level cache. */
    private static final int BLOCK = QuantizedMatrix.GROUP;

    private final int inputs;
    private final int outputs;
    private final int width;
    private final DType dtype;
    private final MemorySegment data;
    private final MemorySegment scales;

    /** Cleared by whichever thread packs an infinity or a NaN. */
    private volatile boolean finite = true;

    /** Cleared by whichever thread packs a value that the format cannot hold. */
    private volatile boolean fits = true;

    /** Reads the rows of a matrix to be packed: fills {@code target} with inputs {@code from ..} of one output. */
    public interface Rows {
        void read(int output, int from, float[] target, int offset, int count);

        /** Copies inputs {@code from ..} of one output to an address. */
        default void read(int output, int from, long to, int count) {
            float[] numbers = Scratch.array(Scratch.Packed.BLOCK, count);
            read(output, from, numbers, 0, count);
            Memory.write(numbers, 0, count, to);
        }
    }

    /**
     * Allocates a matrix; {@link #pack} fills it.
     *
     * @param width columns of a panel
     */
    public PackedMatrix(int inputs, int outputs, int width, DType dtype) {
        this(inputs, outputs, width, dtype, HostMemory.allocate(bytesNeeded(inputs, outputs, width, dtype)));
    }

    /** Creates a matrix in memory that the caller has, at least {@link #bytesNeeded}; {@link #pack} fills it. */
    public PackedMatrix(int inputs, int outputs, int width, DType dtype, MemorySegment data) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.width = width;
        this.dtype = dtype;
        this.data = data;
        this.scales = dtype == DType.I8
                ? HostMemory.allocate((long) panels() * QuantizedMatrix.groups(inputs) * width * Float.BYTES)
                : null;
    }

    /** Returns the bytes of a matrix, and a cache line more: the narrowest vectors read whole lines of bytes. */
    public static long bytesNeeded(int inputs, int outputs, int width, DType dtype) {
        int panels = (outputs + width - 1) / width;
        return (long) panels * inputs * width * dtype.bytes() + HostMemory.ALIGNMENT;
    }

    public int inputs() {
        return inputs;
    }

    public int outputs() {
        return outputs;
    }

    public DType dtype() {
        return dtype;
    }

    /** Returns whether there is neither an infinity nor a NaN among the elements. */
    public boolean isFinite() {
        return finite;
    }

    /** Returns whether the format can hold all packed values; see {@link LinearLayout#requireFits}. */
    public boolean fits() {
        return fits;
    }

    public int panels() {
        return (outputs + width - 1) / width;
    }

    public long bytes() {
        return data.byteSize() + (scales == null ? 0 : scales.byteSize());
    }

    /** Returns where an input's row of a panel begins. */
    public long address(int panel, int input) {
        return data.address() + ((long) panel * inputs + input) * width * dtype.bytes();
    }

    /** Returns where the scales of an input's row of a panel begin, 0 if there are none; the input begins a group. */
    public long scalesAddress(int panel, int input) {
        return scales == null
                ? 0
                : scales.address()
                        + ((long) panel * QuantizedMatrix.groups(inputs) + input / QuantizedMatrix.GROUP)
                                * width
                                * Float.BYTES;
    }

    /** Fills one panel; different panels may be filled by different threads. */
    public void pack(int panel, Rows rows) {
        float[] block = Scratch.array(Scratch.Packed.BLOCK, width * BLOCK);
        float[] transposed = Scratch.array(Scratch.Packed.TRANSPOSED, BLOCK * width);
        int present = Math.min(width, outputs - panel * width);
        if (present < width) {
            Arrays.fill(transposed, 0);
        }
        for (int from = 0; from < inputs; from += BLOCK) {
            int count = Math.min(BLOCK, inputs - from);
            for (int column = 0; column < present; column++) {
                rows.read(panel * width + column, from, block, column * BLOCK, count);
            }
            transpose(block, transposed, present, count);
            if (!LinearLayout.fits(dtype, transposed, count * width)) {
                fits = false;
            }
            if (dtype == DType.I8) {
                quantize(transposed, count, panel, from);
            }
            store(transposed, count * width, address(panel, from));
        }
    }

    private void transpose(float[] block, float[] transposed, int present, int count) {
        for (int input = 0; input < count; input++) {
            for (int column = 0; column < present; column++) {
                transposed[input * width + column] = block[column * BLOCK + input];
            }
        }
    }

    /** Rounds the values of one group of inputs to eight bits, in place, and stores the scales. */
    private void quantize(float[] transposed, int count, int panel, int from) {
        float[] column = new float[count];
        for (int c = 0; c < width; c++) {
            for (int i = 0; i < count; i++) {
                column[i] = transposed[i * width + c];
            }
            QuantizedMatrix group = QuantizedMatrix.of(column, 1, count);
            Memory.set(scalesAddress(panel, from) + (long) c * Float.BYTES, group.scales()[0]);
            for (int i = 0; i < count; i++) {
                transposed[i * width + c] = group.values()[i];
            }
        }
    }

    /** Returns whether all values are finite: zero times a value is zero, or NaN. */
    private static boolean isFinite(float[] values, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += 0 * values[i];
        }
        return sum == 0;
    }

    private void store(float[] values, int count, long address) {
        if (!isFinite(values, count)) {
            finite = false;
        }
        switch (dtype) {
            case F32 -> Memory.write(values, 0, count, address);
            case F16 -> HalfFloats.narrowFloat16(values, 0, count, Memory.ALL, address);
            case BF16 -> HalfFloats.narrowBfloat16(values, 0, count, Memory.ALL, address);
            case I8 -> {
                byte[] bytes = new byte[count];
                for (int i = 0; i < count; i++) {
                    bytes[i] = (byte) values[i];
                }
                MemorySegment.copy(bytes, 0, Memory.ALL, ValueLayout.JAVA_BYTE, address, count);
            }
            default -> throw new IllegalArgumentException("weights cannot be stored as " + dtype);
        }
    }
}
