package dev.fovea.kernels.opencl;

import dev.fovea.kernels.opencl.DeviceWeights.Matrix;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.numbers.Sizes;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.LinearLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Brings weights to the device, once, as they are stored; the device itself turns matrices into the layout of its
 * products.
 */
final class WeightLoader {

    /** Columns of a panel: one or more vectors of every device. */
    static final int PANEL = 64;

    /** Bytes of a matrix that are uploaded at a time, roughly. */
    private static final long PIECE_BYTES = 32L << 20;

    /** Items of the transposing kernel in each direction. */
    private static final int SIDE = 16;

    private final Owner owner;
    private final Queue queue;
    private final DeviceMemory memory;
    private final Programs programs;

    WeightLoader(Owner owner, Queue queue, DeviceMemory memory, Programs programs) {
        this.owner = owner;
        this.queue = queue;
        this.memory = memory;
        this.programs = programs;
    }

    static int padded(int columns) {
        return (columns + PANEL - 1) / PANEL * PANEL;
    }

    /** Uploads floats as they are, followed by zeros up to a length. */
    DeviceStorage floats(float[] values, int length) {
        DeviceStorage storage = memory.allocate((long) length * Float.BYTES);
        queue.write(storage, MemorySegment.ofArray(Arrays.copyOf(values, length)));
        return storage;
    }

    /** Uploads matrices with the same inputs; their outputs come out side by side. */
    DeviceWeights.Linear linear(List<WeightData> weights, List<WeightData> biases, DType asked) {
        LinearLayout layout = LinearLayout.of(weights, biases);
        DType storage = LinearLayout.storage(weights, asked);
        float[] bias = biases.isEmpty() ? null : layout.bias(biases);
        Matrix matrix = empty(storage, layout.inputs(), layout.outputs(), bias);
        int first = 0;
        for (WeightData part : weights) {
            load(part, matrix, first);
            first += Math.toIntExact(part.shape().extent(0));
        }
        return new DeviceWeights.Linear(owner, layout.name(), matrix);
    }

    private Matrix empty(DType dtype, int inputs, int outputs, float[] bias) {
        int padded = padded(outputs);
        DeviceStorage values = cleared((long) inputs * padded * dtype.bytes());
        DeviceStorage scales =
                dtype == DType.I8 ? cleared((long) QuantizedMatrix.groups(inputs) * padded * Float.BYTES) : null;
        return new Matrix(dtype, inputs, outputs, padded, values, scales, bias == null ? null : floats(bias, padded));
    }

    private DeviceStorage cleared(long bytes) {
        DeviceStorage storage = memory.allocate(bytes);
        queue.clear(storage, 0, storage.bytes() / Integer.BYTES * Integer.BYTES);
        return storage;
    }

    /** Makes the rows of a part the columns of a matrix, from {@code first} on. */
    private void load(WeightData part, Matrix matrix, int first) {
        int outputs = Math.toIntExact(part.shape().extent(0));
        int inputs = matrix.inputs();
        int rowsOfPiece =
                (int) Math.clamp(PIECE_BYTES / Math.max(1, (long) inputs * Float.BYTES), 1, Integer.MAX_VALUE);
        for (int from = 0; from < outputs && inputs > 0; from += rowsOfPiece) {
            int rows = Math.min(rowsOfPiece, outputs - from);
            long start = (long) from * inputs;
            if (matrix.dtype() == part.dtype() && part.dtype().isFloating()) {
                long bytes = part.dtype().bytes();
                MemorySegment stored = part.data().asSlice(start * bytes, (long) rows * inputs * bytes);
                HostMemory.mapPages(stored);
                transpose(stored, matrix.dtype().bytes(), rows, inputs, matrix.values(), first + from);
                continue;
            }
            float[] values = new float[Sizes.arrayLength("linear", rows, inputs)];
            part.copyTo(start, values, 0, values.length);
            LinearLayout.requireFits(part, matrix.dtype(), values, values.length);
            if (matrix.dtype() == DType.I8) {
                QuantizedMatrix quantized = QuantizedMatrix.of(values, rows, inputs);
                MemorySegment scales = MemorySegment.ofArray(quantized.scales());
                int groups = QuantizedMatrix.groups(inputs);
                transpose(MemorySegment.ofArray(quantized.values()), 1, rows, inputs, matrix.values(), first + from);
                transpose(scales, Float.BYTES, rows, groups, matrix.scales(), first + from);
            } else {
                MemorySegment narrowed = narrowed(values, matrix.dtype());
                transpose(narrowed, matrix.dtype().bytes(), rows, inputs, matrix.values(), first + from);
            }
        }
        HostMemory.dropPages(part.data());
    }

    private static MemorySegment narrowed(float[] values, DType dtype) {
        MemorySegment target =
                MemorySegment.ofArray(new byte[Sizes.arrayLength("linear", values.length, dtype.bytes())]);
        switch (dtype) {
            case F32 -> target.copyFrom(MemorySegment.ofArray(values));
            case F16 -> HalfFloats.narrowFloat16(values, 0, values.length, target, 0);
            case BF16 -> HalfFloats.narrowBfloat16(values, 0, values.length, target, 0);
            default -> throw new IllegalArgumentException("weights cannot be stored as " + dtype);
        }
        return target;
    }

    /** Makes the rows of a matrix the columns of panels, from column {@code first} on. */
    private void transpose(MemorySegment stored, int bytes, int rows, int columns, DeviceStorage out, int first) {
        DeviceStorage aside = memory.take(stored.byteSize());
        queue.write(aside, stored);
        transpose(aside, bytes, 0, columns, rows, columns, out, first);
        memory.giveBack(aside);
    }

    /** Makes the rows of a matrix on the device the columns of panels, from column {@code first} on. */
    void transpose(
            DeviceStorage x, int bytes, long offset, long stride, int rows, int columns, DeviceStorage out, int first) {
        kernel("transpose", bytes)
                .call()
                .array(x)
                .number(offset)
                .number(stride)
                .number(rows)
                .number(columns)
                .array(out)
                .number(first)
                .groups(new long[] {(columns + SIDE - 1) / SIDE, (rows + SIDE - 1) / SIDE}, new long[] {SIDE, SIDE});
    }

    /** Makes panels of a matrix {@code [inputs, outputs]} on the device. */
    void panels(Tensor x, DeviceStorage out) {
        kernel("panels", Float.BYTES)
                .call()
                .tensor(x)
                .number(x.rows())
                .number(x.columns())
                .array(out)
                .items(x.elements());
    }

    private Kernel kernel(String name, int bytes) {
        String element = bytes == 4 ? "uint" : bytes == 2 ? "ushort" : "uchar";
        return programs.kernel("layout", name, "-D PANEL=" + PANEL + " -D ELEMENT=" + element);
    }

    /** Uploads a table as it is stored; f64 as f32. */
    DeviceWeights.Embedding embedding(WeightData table) {
        int entries = Math.toIntExact(table.shape().extent(0));
        int columns = Math.toIntExact(table.shape().extent(1));
        boolean asStored = table.dtype() == DType.F32 || table.dtype() == DType.F16 || table.dtype() == DType.BF16;
        MemorySegment data = asStored ? table.data() : MemorySegment.ofArray(table.toFloats());
        DeviceStorage storage = memory.allocate(data.byteSize());
        queue.write(storage, data);
        HostMemory.dropPages(table.data());
        return new DeviceWeights.Embedding(
                owner, table.name(), asStored ? table.dtype() : DType.F32, entries, columns, storage);
    }

    /** Uploads a kernel with its channels last, as pixels have them. */
    DeviceWeights.Convolution convolution(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        float[] weights = kernel.toFloats();
        float[] biases = bias == null ? new float[shape.outputChannels()] : bias.toFloats();
        int positions = shape.kernelHeight() * shape.kernelWidth();
        int channels = shape.channelsPerGroup();
        if (shape.isDepthwise()) {
            float[] taps = new float[weights.length];
            for (int i = 0; i < weights.length; i++) {
                taps[i % positions * shape.inputChannels() + i / positions] = weights[i];
            }
            return new DeviceWeights.Convolution(
                    owner,
                    kernel.name(),
                    kernel.dtype(),
                    shape,
                    List.of(),
                    floats(taps, taps.length),
                    floats(biases, biases.length));
        }
        int outputs = shape.outputChannels() / shape.groups();
        List<Matrix> matrices = new ArrayList<>();
        for (int group = 0; group < shape.groups(); group++) {
            float[] reordered = new float[outputs * positions * channels];
            for (int i = 0; i < reordered.length; i++) {
                int output = i / (positions * channels);
                int position = i / channels % positions;
                int channel = i % channels;
                reordered[i] = weights[((group * outputs + output) * channels + channel) * positions + position];
            }
            float[] groupBias = Arrays.copyOfRange(biases, group * outputs, (group + 1) * outputs);
            Matrix matrix = empty(DType.F32, positions * channels, outputs, groupBias);
            load(WeightData.of(kernel.name(), Shape.of(outputs, positions * channels), reordered), matrix, 0);
            matrices.add(matrix);
        }
        return new DeviceWeights.Convolution(owner, kernel.name(), kernel.dtype(), shape, matrices, null, null);
    }
}
