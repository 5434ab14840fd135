package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.layout.MachineMatrix;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.LinearLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** Packs the weights of linear layers into panels, once, at load. */
public final class LinearPacker {

    /**
     * The pages of a larger matrix are given up while it is packed; a vocabulary would otherwise be in memory twice.
     */
    private static final long LARGE_BYTES = 16L << 20;

    private static final int CHUNK = 1 << 14;

    private final Owner owner;
    private final int panelColumns;
    private final Workers workers;

    public LinearPacker(Owner owner, int panelColumns, Workers workers) {
        this.owner = owner;
        this.panelColumns = panelColumns;
        this.workers = workers;
    }

    /** Returns the floats outside the heap, with zeros up to a length. */
    public static MemorySegment floats(float[] values, int length) {
        MemorySegment memory = HostMemory.allocate(Math.max(1, (long) length * Float.BYTES));
        memory.fill((byte) 0);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return memory;
    }

    /** Packs matrices with the same inputs; their outputs come out side by side. */
    public Weight.Linear pack(List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        LinearLayout layout = LinearLayout.of(weights, biases);
        DType stored = LinearLayout.storage(weights, precision.widenedStorage(storage));
        boolean isWidened = precision == Precision.F32 && stored != DType.F32;
        MachineKernels machine = isWidened ? null : MachineKernels.of(precision);
        return machine == null ? packed(layout, weights, biases, stored) : rounded(layout, weights, biases, machine);
    }

    private Weight.Linear packed(LinearLayout layout, List<WeightData> weights, List<WeightData> biases, DType stored) {
        PackedMatrix matrix = new PackedMatrix(layout.inputs(), layout.outputs(), panelColumns, stored);
        pack(layout, weights, matrix.panels(), panelColumns, matrix::pack);
        if (!matrix.fits()) {
            weights.forEach(part -> requireFits(part, stored));
        }
        return new PackedLinear(owner, layout.name(), matrix, bias(layout, biases, matrix.panels() * panelColumns));
    }

    /**
     * Packs matrices in f32 into the memory of others of the same shape.
     *
     * @return what was given; a new one where it has another shape or format
     */
    public Weight.Linear packAgain(Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        LinearLayout layout = LinearLayout.of(weights, biases);
        if (before.inputs() != layout.inputs() || before.outputs() != layout.outputs()) {
            return pack(weights, biases, DType.F32, Precision.F32);
        }
        if (before instanceof MachineLinear place
                && place.matrix().layout().precision() == Precision.F32
                && (place.bias() == null) == biases.isEmpty()) {
            fill(layout, weights, place.kernels(), place.matrix());
            fill(layout, biases, place.bias());
            return place;
        }
        if (before instanceof PackedLinear place
                && place.matrix().dtype() == DType.F32
                && (place.bias() == null) == biases.isEmpty()) {
            pack(layout, weights, place.matrix().panels(), panelColumns, place.matrix()::pack);
            fill(layout, biases, place.bias());
            return place;
        }
        return pack(weights, biases, DType.F32, Precision.F32);
    }

    private static void fill(LinearLayout layout, List<WeightData> biases, MemorySegment bias) {
        if (!biases.isEmpty()) {
            MemorySegment.copy(layout.bias(biases), 0, bias, ValueLayout.JAVA_FLOAT, 0, layout.outputs());
        }
    }

    private void fill(LinearLayout layout, List<WeightData> weights, MachineKernels machine, MachineMatrix matrix) {
        int columns = machine.layout().columns();
        pack(layout, weights, matrix.panels(), columns, (panel, rows) -> matrix.pack(panel, rows, machine));
    }

    private Weight.Linear rounded(
            LinearLayout layout, List<WeightData> weights, List<WeightData> biases, MachineKernels machine) {
        MachineMatrix matrix = new MachineMatrix(layout.inputs(), layout.outputs(), machine.layout());
        fill(layout, weights, machine, matrix);
        if (!matrix.fits()) {
            weights.forEach(part -> requireFits(part, DType.I8));
        }
        MemorySegment bias =
                bias(layout, biases, matrix.panels() * machine.layout().columns());
        return new MachineLinear(owner, layout.name(), matrix, machine, bias);
    }

    private static MemorySegment bias(LinearLayout layout, List<WeightData> biases, int length) {
        return biases.isEmpty() ? null : floats(layout.bias(biases), length);
    }

    /** Searches the value that a format cannot hold and names it in an error. Only called if there is one. */
    private static void requireFits(WeightData part, DType storage) {
        float[] chunk = new float[CHUNK];
        for (long from = 0; from < part.shape().elements(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, part.shape().elements() - from);
            part.copyTo(from, chunk, 0, count);
            LinearLayout.requireFits(part, storage, chunk, count);
        }
    }

    /** Fills a panel from the rows of the matrix. */
    private interface PanelPacking {
        void pack(int panel, PackedMatrix.Rows rows);
    }

    private void pack(LinearLayout layout, List<WeightData> weights, int panels, int columns, PanelPacking packing) {
        int[] firstOutput = new int[weights.size() + 1];
        for (int part = 0; part < weights.size(); part++) {
            firstOutput[part + 1] = firstOutput[part]
                    + Math.toIntExact(weights.get(part).shape().extent(0));
        }
        workers.forEach(panels, panel -> {
            int from = panel * columns;
            int to = Math.min(from + columns, layout.outputs());
            for (int part = 0; part < weights.size(); part++) {
                HostMemory.mapPages(rows(weights.get(part), from - firstOutput[part], to - firstOutput[part]));
            }
            packing.pack(panel, new StackedRows(layout.inputs(), weights, firstOutput));
            for (int part = 0; part < weights.size(); part++) {
                if (weights.get(part).data().byteSize() > LARGE_BYTES) {
                    HostMemory.dropPages(rows(weights.get(part), from - firstOutput[part], to - firstOutput[part]));
                }
            }
        });
        weights.forEach(part -> HostMemory.dropPages(part.data()));
    }

    /**
     * Reads rows of matrices that lie one below the other.
     *
     * @param firstOutput the first row of each, and the count of all rows
     */
    private record StackedRows(int inputs, List<WeightData> weights, int[] firstOutput) implements PackedMatrix.Rows {

        private int part(int output) {
            int found = Arrays.binarySearch(firstOutput, output);
            return found < 0 ? -found - 2 : found;
        }

        private long start(int part, int output, int input) {
            return (long) (output - firstOutput[part]) * inputs + input;
        }

        @Override
        public void read(int output, int from, float[] target, int offset, int count) {
            int part = part(output);
            weights.get(part).copyTo(start(part, output, from), target, offset, count);
        }

        @Override
        public void read(int output, int from, long to, int count) {
            int part = part(output);
            WeightData weight = weights.get(part);
            if (weight.dtype() != DType.F32) {
                PackedMatrix.Rows.super.read(output, from, to, count);
                return;
            }
            long start = start(part, output, from) * Float.BYTES;
            MemorySegment.copy(weight.data(), start, Memory.ALL, to, (long) count * Float.BYTES);
        }
    }

    /** Returns the rows of a matrix, as far as it has them. */
    private static MemorySegment rows(WeightData matrix, int fromRow, int toRow) {
        long rowBytes = matrix.shape().extent(-1) * matrix.dtype().bytes();
        long from = Math.max(0, fromRow) * rowBytes;
        long to = Math.min(matrix.data().byteSize(), toRow * rowBytes);
        return from < to
                ? matrix.data().asSlice(from, to - from)
                : matrix.data().asSlice(0, 0);
    }
}
