package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.LinearLayout;
import dev.fovea.training.numerics.FloatMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * A linear layer on a tape: the matrix that the backend has packed, what of it is trained, and its transpose, which
 * carries gradients back ({@code dx = dz W} is a linear layer with {@code Wᵀ}).
 */
final class TapeLinear implements Weight.Linear {

    /**
     * Says where a parameter lies in the matrix: {@code matrix[row + i, column + j] = scale * parameter[i, j]}.
     *
     * @param row first output
     * @param column first input; 0 for a bias
     */
    record Block(Parameter parameter, int row, int column, float scale) {

        private int rows() {
            return (int) parameter.shape().extent(0);
        }

        private int columns() {
            return parameter.values().length() / rows();
        }

        void write(float[] matrix, int width) {
            FloatMemory values = parameter.values();
            int columns = columns();
            each(rows(), columns, i -> {
                int to = (row + i) * width + column;
                for (int j = 0; j < columns; j++) {
                    matrix[to + j] = scale * values.get(i * columns + j);
                }
            });
        }

        void addGradient(Tensor matrix) {
            FloatMemory gradient = parameter.gradient();
            int columns = columns();
            int together = Math.max(1, READ / columns);
            each(Math.ceilDiv(rows(), together), together * columns, part -> {
                int first = part * together;
                int end = Math.min(rows(), first + together);
                float[] read = matrix.rows(row + first, row + end)
                        .columns(column, column + columns)
                        .toArray();
                gradient.add(first * columns, scale, read);
            });
        }
    }

    /** Numbers of a matrix below which splitting the work costs more than it brings. */
    private static final int PARALLEL = 1 << 17;

    /** Numbers of a gradient that are read at a time. */
    private static final int READ = 1 << 13;

    /** Numbers of a matrix that are copied at a time. */
    private static final int COPIED = 1 << 16;

    /** Columns that are transposed together: as many as a cache line has. */
    private static final int TURNED = 16;

    private final Backend backend;
    private final SharedPacking shared;
    private final String name;
    private final int inputs;
    private final int outputs;
    private final List<WeightData> matrices;
    private final List<WeightData> biases;
    private final List<Block> trained;
    private final List<Block> trainedBiases;

    /** What the backend has packed; null where trained layers share memory for it. */
    private Weight.Linear current;

    private Weight.Linear transposed;

    /** Two thin layers beside the matrix, or null: {@code up(down(x))} is added to what it makes. */
    private final TapeLinear down;

    private final TapeLinear up;

    /** Packs a layer of a checkpoint. */
    TapeLinear(
            Backend backend,
            SharedPacking shared,
            List<WeightData> matrices,
            List<WeightData> biases,
            DType storage,
            Precision precision,
            Trainables trainables) {
        this.backend = backend;
        this.shared = shared;
        LinearLayout layout = LinearLayout.of(matrices, biases);
        name = layout.name();
        inputs = layout.inputs();
        outputs = layout.outputs();
        this.matrices = List.copyOf(matrices);
        this.biases = List.copyOf(biases);
        trained = blocks(matrices, trainables);
        trainedBiases = blocks(biases, trainables);
        current = isTrained() ? null : backend.linearWeight(matrices, biases, storage, precision);
        List<Block> downs = new ArrayList<>();
        List<Block> ups = new ArrayList<>();
        int rank = 0;
        int row = 0;
        for (WeightData matrix : matrices) {
            LowRank adapter = trainables.adapter(matrix);
            if (adapter != null) {
                downs.add(new Block(adapter.a(), rank, 0, 1));
                ups.add(new Block(adapter.b(), row, rank, adapter.scale()));
                rank += adapter.rank();
            }
            row += (int) matrix.shape().extent(0);
        }
        down = downs.isEmpty() ? null : new TapeLinear(backend, name + ".lora_A", rank, inputs, downs);
        up = ups.isEmpty() ? null : new TapeLinear(backend, name + ".lora_B", outputs, rank, ups);
    }

    /** Packs a layer that is made of parameters alone, with zeros between them. */
    private TapeLinear(Backend backend, String name, int outputs, int inputs, List<Block> blocks) {
        this.backend = backend;
        shared = null;
        this.name = name;
        this.inputs = inputs;
        this.outputs = outputs;
        matrices = List.of();
        biases = List.of();
        trained = blocks;
        trainedBiases = List.of();
        down = null;
        up = null;
        refresh();
    }

    private static List<Block> blocks(List<WeightData> parts, Trainables trainables) {
        List<Block> blocks = new ArrayList<>();
        int row = 0;
        for (WeightData part : parts) {
            Parameter parameter = trainables.parameter(part);
            if (parameter != null) {
                blocks.add(new Block(parameter, row, 0, 1));
            }
            row += (int) part.shape().extent(0);
        }
        return blocks;
    }

    boolean isTrained() {
        return !trained.isEmpty() || !trainedBiases.isEmpty();
    }

    boolean isAdapted() {
        return down != null;
    }

    TapeLinear down() {
        return down;
    }

    TapeLinear up() {
        return up;
    }

    /** Returns what the backend computes with, until another trained layer is asked for it. */
    Weight.Linear current() {
        if (current != null) {
            return current;
        }
        Weight.Linear packed = shared.of(this, parts(matrices, trained), parts(biases, trainedBiases));
        if (!shared.isInPlace()) {
            current = packed;
        }
        return packed;
    }

    /** Packs the matrix again after its parameters have changed. */
    void refresh() {
        if (isAdapted()) {
            down.refresh();
            up.refresh();
        }
        if (!isTrained()) {
            return;
        }
        if (!matrices.isEmpty()) {
            current = current == null
                    ? null
                    : backend.updatedWeight(current, parts(matrices, trained), parts(biases, trainedBiases));
            return;
        }
        List<WeightData> made = List.of(data(name, Shape.of(outputs, inputs), values()));
        current = current == null
                ? backend.linearWeight(made, List.of(), DType.F32)
                : backend.updatedWeight(current, made, List.of());
    }

    /** Returns the parameters in the place of what they are trained of. */
    private static List<WeightData> parts(List<WeightData> stored, List<Block> blocks) {
        List<WeightData> parts = new ArrayList<>();
        int row = 0;
        for (WeightData part : stored) {
            Block block = at(row, blocks);
            parts.add(block == null ? part : block.parameter.data());
            row += (int) part.shape().extent(0);
        }
        return parts;
    }

    private static Block at(int row, List<Block> blocks) {
        return blocks.stream().filter(block -> block.row == row).findFirst().orElse(null);
    }

    /** Does something with each row of a matrix, in parallel if it is large. */
    private static void each(int rows, int columns, IntConsumer work) {
        IntStream all = IntStream.range(0, rows);
        ((long) rows * columns >= PARALLEL ? all.parallel() : all).forEach(work);
    }

    private float[] values() {
        float[] values = new float[outputs * inputs];
        int at = 0;
        for (WeightData matrix : matrices) {
            int count = (int) matrix.shape().elements();
            matrix.copyTo(0, values, at, count);
            HostMemory.dropPages(matrix.data()); // read twice at most: for the matrix, and for its transpose
            at += count;
        }
        trained.forEach(block -> block.write(values, inputs));
        return values;
    }

    private static WeightData data(String name, Shape shape, float[] values) {
        return new WeightData(name, DType.F32, shape, MemorySegment.ofArray(values), "training");
    }

    /** Computes {@code dz W}, the gradient with respect to the layer's input. */
    Tensor back(Tensor dz) {
        if (!trained.isEmpty()) {
            return backend.matmul(dz, matrix());
        }
        if (transposed == null) {
            transposed = backend.linearWeight(
                    List.of(data(name, Shape.of(inputs, outputs), transposedValues())), List.of(), DType.F32);
        }
        return backend.linear(dz, transposed, Fusion.NONE);
    }

    /** Returns the matrix as it is now: packing it for one product costs less than keeping its transpose. */
    private Tensor matrix() {
        if (matrices.isEmpty()) {
            return backend.tensor(outputs, inputs, values());
        }
        Tensor matrix = backend.preallocate(outputs, inputs);
        int row = 0;
        for (WeightData part : matrices) {
            Block block = at(row, trained);
            int rows = (int) part.shape().extent(0);
            copy(block == null ? part : block.parameter.data(), matrix.rows(row, row + rows));
            row += rows;
        }
        return matrix;
    }

    /** Copies a weight by some rows at a time, so that arrays on the heap stay small. */
    private void copy(WeightData from, Tensor to) {
        int together = Math.clamp(COPIED / inputs, 1, to.rows());
        float[] values = new float[together * inputs];
        for (int first = 0; first < to.rows(); first += together) {
            int end = Math.min(to.rows(), first + together);
            from.copyTo((long) first * inputs, values, 0, (end - first) * inputs);
            Tensor piece = backend.tensor(end - first, inputs, values);
            backend.writeRows(
                    to.rows(first, end), IntStream.range(0, end - first).toArray(), piece);
            backend.release(piece);
        }
    }

    private float[] transposedValues() {
        float[] values = values();
        float[] turned = new float[values.length];
        each(Math.ceilDiv(inputs, TURNED), TURNED * outputs, part -> {
            int end = Math.min(inputs, (part + 1) * TURNED);
            for (int row = 0; row < outputs; row++) {
                for (int column = part * TURNED; column < end; column++) {
                    turned[column * outputs + row] = values[row * inputs + column];
                }
            }
        });
        return turned;
    }

    /**
     * Adds {@code dzᵀ x} and the column sums of dz to the gradients of the parameters.
     *
     * @param x the layer's input, {@code [rows, inputs]}
     */
    void addGradients(Tensor dz, Tensor x, Sums sums) {
        if (!trained.isEmpty()) {
            Tensor gradient = backend.matmul(backend.transpose(dz), x);
            trained.forEach(block -> block.addGradient(gradient));
        }
        if (!trainedBiases.isEmpty()) {
            Tensor gradient = sums.columns(dz); // [1, outputs]
            Tensor column = gradient.reshape(outputs, 1);
            trainedBiases.forEach(block -> block.addGradient(column));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DType dtype() {
        return current().dtype();
    }

    @Override
    public Owner owner() {
        return current().owner();
    }

    @Override
    public long bytes() {
        return current().bytes() + (transposed == null ? 0 : transposed.bytes());
    }

    @Override
    public int inputs() {
        return inputs;
    }

    @Override
    public int outputs() {
        return outputs;
    }
}
