package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.attention.Attention;
import dev.fovea.kernels.cpu.attention.ChannelAttention;
import dev.fovea.kernels.cpu.convolution.ConvolutionPacker;
import dev.fovea.kernels.cpu.convolution.Convolutions;
import dev.fovea.kernels.cpu.convolution.CpuConvolution;
import dev.fovea.kernels.cpu.convolution.Pooling;
import dev.fovea.kernels.cpu.convolution.Winograd;
import dev.fovea.kernels.cpu.gemm.Gemm;
import dev.fovea.kernels.cpu.gemm.LeftRows;
import dev.fovea.kernels.cpu.gemm.LinearPacker;
import dev.fovea.kernels.cpu.gemm.MachineGemm;
import dev.fovea.kernels.cpu.gemm.MachineLinear;
import dev.fovea.kernels.cpu.gemm.PackedLinear;
import dev.fovea.kernels.cpu.gemm.PanelProduct.Layer;
import dev.fovea.kernels.cpu.gradient.AttentionGradients;
import dev.fovea.kernels.cpu.gradient.RowGradients;
import dev.fovea.kernels.cpu.layout.MachineMatrix;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.TensorRows;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.HostPool;
import dev.fovea.tensor.spi.HostStorage;
import dev.fovea.tensor.spi.Scopes;
import java.lang.ref.Reference;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;

/**
 * Implements the operations on the processor's vector units. It owns memory and threads; {@link Kernels} and what is
 * built on them compute.
 */
public final class CpuBackend implements Backend {

    /** Rows that an operation on single rows does in one piece of work. */
    private static final int ROWS = 16;

    private final KernelChoice choice;
    private final int panelColumns;
    private final Workers workers;
    private final LinearPacker linearPacker;
    private final ConvolutionPacker convolutionPacker;
    private final Owner owner = new Owner("cpu");
    private final HostPool pool = new HostPool(owner);
    private final Scopes<HostStorage> scopes = new Scopes<>(pool::giveBack);

    private volatile Engine engine;

    /** Holds what computes, once it is known which innermost loops it runs on. */
    private record Engine(
            Kernels kernels,
            Gemm gemm,
            MachineGemm machineGemm,
            Attention attention,
            ChannelAttention channelAttention,
            Convolutions convolutions,
            Pooling pooling,
            RowGradients rowGradients,
            AttentionGradients attentionGradients) {
        static Engine on(Kernels kernels, TileHeights heights, Workers workers, HostPool pool) {
            Gemm gemm = new Gemm(kernels, heights, workers);
            MachineGemm machineGemm = new MachineGemm(kernels, workers);
            return new Engine(
                    kernels,
                    gemm,
                    machineGemm,
                    new Attention(kernels, heights, workers),
                    new ChannelAttention(kernels, workers),
                    new Convolutions(
                            kernels, workers, gemm, machineGemm, new Winograd(kernels, heights, workers, pool)),
                    new Pooling(kernels, workers),
                    new RowGradients(kernels, workers),
                    new AttentionGradients(kernels, heights, workers));
        }
    }

    public CpuBackend(KernelChoice choice, int threads) {
        this.choice = choice;
        this.panelColumns = choice.panelColumns();
        this.workers = new Workers(threads);
        this.linearPacker = new LinearPacker(owner, panelColumns, workers);
        this.convolutionPacker = new ConvolutionPacker(owner, panelColumns, workers);
        choice.whenChosen(this::engine);
    }

    private Engine engine() {
        Engine known = engine;
        return known == null ? makeEngine() : known;
    }

    private synchronized Engine makeEngine() {
        if (engine == null) {
            engine = Engine.on(choice.kernels(), choice.heights(), workers, pool);
        }
        return engine;
    }

    private Kernels kernels() {
        return engine().kernels;
    }

    @Override
    public String description() {
        return "CPU, " + choice.description() + ", " + MachineKernels.description() + ", " + workers.threads()
                + (workers.threads() == 1 ? " thread" : " threads");
    }

    @Override
    public int threads() {
        return workers.threads();
    }

    @Override
    public <T> T onCallingThread(Supplier<T> work) {
        return workers.onCallingThread(work);
    }

    // ---- tensors and their lifetime ----

    private Tensor allocate(int rows, int columns) {
        return scopes.register(pool.take((long) rows * columns)).tensor(rows, columns);
    }

    /**
     * Returns a result that was computed from addresses, and keeps the owners of the memory behind them reachable until
     * here.
     *
     * @param owners whatever addresses were taken from
     */
    private static Tensor keeping(Tensor result, Object... owners) {
        for (Object owner : owners) {
            Reference.reachabilityFence(owner);
        }
        return result;
    }

    @Override
    public Tensor tensor(int rows, int columns, float[] values) {
        Checks.tensor(owner, rows, columns, values);
        Tensor tensor = allocate(rows, columns);
        ((HostStorage) tensor.storage()).write(0, values, 0, rows * columns);
        return tensor;
    }

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        return scopes.run(work);
    }

    @Override
    public void release(Tensor tensor) {
        scopes.release(tensor.storage());
    }

    // ---- weights ----

    @Override
    public Tensor constant(WeightData data) {
        int columns = Checks.constant(owner, data);
        float[] values = data.toFloats();
        HostStorage storage = HostStorage.allocate(owner, values.length);
        storage.write(0, values, 0, values.length);
        return storage.tensor(columns == 0 ? 0 : values.length / columns, columns);
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        Checks.linearWeight(owner, weights, biases, precision);
        return linearPacker.pack(List.copyOf(weights), List.copyOf(biases), storage, precision);
    }

    @Override
    public Weight.Linear updatedWeight(Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        Checks.updatedWeight(owner, before, weights, biases);
        return linearPacker.packAgain(before, List.copyOf(weights), List.copyOf(biases));
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        Checks.embeddingWeight(owner, table);
        return new CpuEmbedding(owner, table);
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        Checks.convolutionWeight(owner, kernel, bias, shape, precision);
        return convolutionPacker.pack(kernel, bias, shape, precision);
    }

    // ---- products ----

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        Checks.linear(owner, x, weight, fusion);
        Tensor out = allocate(x.rows(), weight.outputs());
        if (weight instanceof MachineLinear linear) {
            engine().machineGemm.multiply(LeftRows.of(x), linear.with(fusion), out);
        } else {
            engine().gemm.multiply(x, ((PackedLinear) weight).with(fusion), out);
        }
        return keeping(out, x, weight, fusion);
    }

    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Checks.mlp(owner, x, expand, reduce, fusion);
        Fusion before = fusion.withResidual(null);
        Fusion after = Fusion.NONE.withResidual(fusion.residual());
        if (expand instanceof MachineLinear first && reduce instanceof MachineLinear second) {
            MachineGemm gemm = engine().machineGemm;
            if (gemm.isFused(x.rows(), second.matrix())) {
                Tensor out = allocate(x.rows(), reduce.outputs());
                gemm.multiply(LeftRows.of(x), first.with(before), second.with(after), out);
                return keeping(out, x, expand, reduce, fusion);
            }
        } else if (expand instanceof PackedLinear first && reduce instanceof PackedLinear second) {
            Gemm gemm = engine().gemm;
            if (gemm.isManyRows(x.rows())) {
                Tensor out = allocate(x.rows(), reduce.outputs());
                gemm.multiply(x, first.with(before), second.with(after), out);
                return keeping(out, x, expand, reduce, fusion);
            }
        }
        return Backend.super.mlp(x, expand, reduce, fusion);
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        Checks.matmul(owner, a, b);
        MachineKernels machine = MachineKernels.of(Precision.F32);
        if (machine != null) {
            return product(machine, a, b, b.columns(), (matrix, panel) -> matrix.packTransposed(panel, b));
        }
        return product(a, b, b.columns(), (column, from, target, offset, count) -> {
            for (int i = 0; i < count; i++) {
                target[offset + i] = Memory.get(Memory.address(b, from + i) + (long) column * Float.BYTES);
            }
        });
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        Checks.matmulTransposed(owner, a, b);
        TensorRows rows = new TensorRows(b);
        MachineKernels machine = MachineKernels.of(Precision.F32);
        if (machine != null) {
            return product(machine, a, b, b.rows(), (matrix, panel) -> matrix.pack(panel, rows, machine));
        }
        return product(a, b, b.rows(), rows);
    }

    /** Multiplies {@code a} in machine code by a matrix made of {@code b} that is packed on the fly. */
    private Tensor product(
            MachineKernels machine, Tensor a, Tensor b, int outputs, ObjIntConsumer<MachineMatrix> packing) {
        long bytes = MachineMatrix.bytesNeeded(a.columns(), outputs, machine.layout());
        HostStorage memory = pool.take(bytes / Float.BYTES);
        MachineMatrix packed = new MachineMatrix(a.columns(), outputs, machine.layout(), memory.memory());
        workers.forEach(packed.panels(), panel -> packing.accept(packed, panel));
        Tensor out = allocate(a.rows(), outputs);
        engine().machineGemm
                .multiply(LeftRows.of(a), new MachineGemm.Layer(packed, machine, null, Fusion.NONE, null), out);
        pool.giveBack(memory);
        return keeping(out, a, b);
    }

    /** Multiplies {@code a} by a matrix made of {@code b} that is packed on the fly. */
    private Tensor product(Tensor a, Tensor b, int outputs, PackedMatrix.Rows rows) {
        int width = panelColumns;
        HostStorage packing =
                pool.take(PackedMatrix.bytesNeeded(a.columns(), outputs, width, DType.F32) / Float.BYTES + 1);
        PackedMatrix packed = new PackedMatrix(a.columns(), outputs, width, DType.F32, packing.memory());
        workers.forEach(packed.panels(), panel -> packed.pack(panel, rows));
        Tensor out = allocate(a.rows(), outputs);
        engine().gemm.multiply(a, new Layer(packed, null, Fusion.NONE), out);
        pool.giveBack(packing);
        return keeping(out, a, b);
    }

    @Override
    public Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        Checks.attention(owner, queries, keys, values, querySegments, keySegments, shape);
        Tensor out = allocate(queries.rows(), values.columns());
        if (querySegments.isMapped() || querySegments.totalLength() < out.rows()) {
            Memory.zero(Memory.address(out, 0), out.elements());
        }
        engine().attention.attend(queries, keys, values, querySegments, keySegments, shape, out);
        return keeping(out, queries, keys, values);
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        Checks.channelAttention(owner, queries, keys, values, segments, groups);
        Tensor out = allocate(queries.rows(), queries.columns());
        int covered = segments.totalLength();
        Memory.zero(Memory.address(out, covered), (long) (out.rows() - covered) * out.columns());
        ChannelAttention attention = engine().channelAttention;
        long floats = attention.floatsOfPanels(queries.columns() / groups);
        HostStorage panels = pool.take(floats * segments.count() * groups); // at most 2^29 floats, 2^30 times
        attention.attend(
                queries, keys, values, segments, groups, panels.memory().address(), out);
        pool.giveBack(panels);
        return keeping(out, queries, keys, values);
    }

    // ---- rows on their own ----

    /** Calls a task with every row, in parallel. */
    private void forEachRow(int rows, IntConsumer task) {
        workers.forEach((rows + ROWS - 1) / ROWS, piece -> {
            for (int row = piece * ROWS; row < Math.min(rows, piece * ROWS + ROWS); row++) {
                task.accept(row);
            }
        });
    }

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        Checks.layerNorm(owner, x, norm);
        Tensor out = allocate(x.rows(), x.columns());
        long gamma = Memory.address(norm.gamma(), 0);
        long beta = Memory.address(norm.beta(), 0);
        forEachRow(
                x.rows(),
                row -> kernels()
                        .layerNorm(
                                Memory.address(x, row),
                                gamma,
                                beta,
                                norm.epsilon(),
                                Memory.address(out, row),
                                x.columns()));
        return keeping(out, x, norm);
    }

    @Override
    public Tensor softmax(Tensor x) {
        owner.accept("softmax", x);
        Tensor out = allocate(x.rows(), x.columns());
        int columns = x.columns();
        forEachRow(
                x.rows(),
                row -> Scratch.aside(Memory.address(x, row), Memory.address(out, row), columns, aside -> {
                    kernels().exp(aside, 1, kernels().max(aside, columns), columns);
                    kernels().scale(aside, 1 / kernels().sum(aside, columns), 0, aside, columns);
                }));
        return keeping(out, x);
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        owner.accept("l2Normalize", x);
        Tensor out = allocate(x.rows(), x.columns());
        forEachRow(x.rows(), row -> {
            float squares = kernels().sumOfSquares(Memory.address(x, row), x.columns());
            kernels()
                    .scale(
                            Memory.address(x, row),
                            (float) (1 / Math.sqrt(squares)),
                            0,
                            Memory.address(out, row),
                            x.columns());
        });
        return keeping(out, x);
    }

    // ---- element by element ----

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        owner.accept("activate", x, activation);
        Tensor out = allocate(x.rows(), x.columns());
        int columns = x.columns();
        forEachRow(
                x.rows(),
                row -> Scratch.aside(
                        Memory.address(x, row),
                        Memory.address(out, row),
                        columns,
                        aside -> kernels().activate(activation, aside, columns)));
        return keeping(out, x);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        Checks.repeats(owner, a, b, "add");
        return combine(a, b, this::addRow, (row, value, out) -> scaleRow(a, row, 1, value, out));
    }

    private void addRow(long a, long b, long out, int count) {
        kernels().add(a, 0, b, 0, out, 0, 1, count);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Checks.repeats(owner, a, b, "multiply");
        return combine(a, b, kernels()::multiply, (row, value, out) -> scaleRow(a, row, value, 0, out));
    }

    private void scaleRow(Tensor a, int row, float factor, float term, Tensor out) {
        kernels().scale(Memory.address(a, row), factor, term, Memory.address(out, row), a.columns());
    }

    /** Combines a row with a row. */
    private interface RowKernel {
        void apply(long a, long b, long out, int count);
    }

    /** Combines a row with one value. */
    private interface NumberKernel {
        void apply(int row, float value, Tensor out);
    }

    private Tensor combine(Tensor a, Tensor b, RowKernel rowWithRow, NumberKernel rowWithNumber) {
        Tensor out = allocate(a.rows(), a.columns());
        forEachRow(a.rows(), row -> {
            long second = Memory.address(b, row % b.rows());
            if (b.columns() == a.columns()) {
                rowWithRow.apply(Memory.address(a, row), second, Memory.address(out, row), a.columns());
            } else {
                rowWithNumber.apply(row, Memory.get(second), out);
            }
        });
        return keeping(out, a, b);
    }

    // ---- moving rows ----

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        int[] numbers = Checks.embedding(owner, table, ids);
        WeightData data = ((CpuEmbedding) table).table();
        int columns = table.columns();
        Tensor out = allocate(numbers.length, columns);
        float[] vector = new float[columns];
        for (int row = 0; row < numbers.length; row++) {
            data.copyTo((long) numbers[row] * columns, vector, 0, columns);
            ((HostStorage) out.storage()).write((long) row * columns, vector, 0, columns);
        }
        return out;
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        int[] numbers = Checks.gatherRows(owner, x, rows);
        Tensor out = allocate(numbers.length, x.columns());
        for (int row = 0; row < numbers.length; row++) {
            copyRow(x, numbers[row], out, row);
        }
        return keeping(out, x);
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        List<Tensor> all = Checks.concatRows(owner, parts);
        Tensor out = allocate(Checks.rows(all), all.getFirst().columns());
        int at = 0;
        for (Tensor part : all) {
            for (int row = 0; row < part.rows(); row++) {
                copyRow(part, row, out, at++);
            }
        }
        return keeping(out, all);
    }

    private static void copyRow(Tensor from, int fromRow, Tensor to, int toRow) {
        Memory.copy(Memory.address(from, fromRow), Memory.address(to, toRow), from.columns());
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        Checks.preallocate(owner, rows, columns);
        Tensor zeros = allocate(rows, columns);
        Memory.zero(Memory.address(zeros, 0), zeros.elements());
        return keeping(zeros);
    }

    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        int[] numbers = Checks.writeRows(owner, target, rows, values);
        for (int row = 0; row < numbers.length; row++) {
            copyRow(values, row, target, numbers[row]);
        }
        keeping(target, values);
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        Checks.meanRows(owner, x, segments);
        Tensor out = allocate(segments.count(), x.columns());
        workers.forEach(segments.count(), segment -> {
            long sum = Memory.address(out, segment);
            Memory.zero(sum, x.columns());
            int length = segments.length(segment);
            for (int i = 0; i < length; i++) {
                int row = segments.row(segments.start(segment) + i);
                addRow(sum, Memory.address(x, row), sum, x.columns());
            }
            kernels().scale(sum, 1f / Math.max(1, length), 0, sum, x.columns());
        });
        return keeping(out, x);
    }

    // ---- pictures ----

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        Grid outGrid = Checks.convolution(owner, x, grid, weight, activation);
        CpuConvolution w = (CpuConvolution) weight;
        Tensor out = allocate(outGrid.rows(), w.shape().outputChannels());
        if (w.taps() == null) {
            engine().convolutions.convolve(x, grid, w, null, activation, out);
        } else {
            long bias = w.bias().getFirst().address();
            engine().convolutions.depthwise(x, grid, w.shape(), w.taps().address(), bias, activation, out);
        }
        return keeping(out, x, weight);
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        Checks.convolution(owner, x, grid, weight, shortcut, activation);
        CpuConvolution w = (CpuConvolution) weight;
        if (w.taps() != null) {
            return Backend.super.convolution(x, grid, weight, shortcut, activation);
        }
        Tensor out = allocate(shortcut.rows(), shortcut.columns());
        engine().convolutions.convolve(x, grid, w, shortcut, activation, out);
        return keeping(out, x, weight, shortcut);
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        Grid outGrid = Checks.averagePool(owner, x, grid, size, stride);
        Tensor out = allocate(outGrid.rows(), x.columns());
        engine().pooling.average(x, grid, size, stride, out);
        return keeping(out, x);
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        Grid outGrid = Checks.maxPool(owner, x, grid, size, stride, padding);
        Tensor out = allocate(outGrid.rows(), x.columns());
        engine().pooling.max(x, grid, size, stride, padding, out);
        return keeping(out, x);
    }

    // ---- what gradients are made of ----

    @Override
    public Tensor transpose(Tensor x) {
        owner.accept("transpose", x);
        Tensor out = allocate(x.columns(), x.rows());
        engine().rowGradients.transpose(x, out);
        return keeping(out, x);
    }

    @Override
    public Tensor activationGradient(Tensor gradient, Tensor x, Activation activation) {
        Checks.activationGradient(owner, gradient, x, activation);
        Tensor out = allocate(x.rows(), x.columns());
        RowGradients gradients = engine().rowGradients;
        forEachRow(
                x.rows(),
                row -> gradients.activation(
                        activation,
                        Memory.address(gradient, row),
                        Memory.address(x, row),
                        Memory.address(out, row),
                        x.columns()));
        return keeping(out, gradient, x);
    }

    @Override
    public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
        Checks.layerNormGradient(owner, gradient, x, norm);
        Tensor out = allocate(x.rows(), x.columns());
        RowGradients gradients = engine().rowGradients;
        long gamma = Memory.address(norm.gamma(), 0);
        forEachRow(
                x.rows(),
                row -> gradients.layerNorm(
                        Memory.address(gradient, row),
                        Memory.address(x, row),
                        gamma,
                        norm.epsilon(),
                        Memory.address(out, row),
                        x.columns()));
        return keeping(out, gradient, x, norm);
    }

    @Override
    public List<Tensor> attentionGradients(
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        Checks.attentionGradients(owner, gradient, queries, keys, values, querySegments, keySegments, shape);
        Tensor dq = preallocate(queries.rows(), queries.columns());
        Tensor dk = preallocate(keys.rows(), keys.columns());
        Tensor dv = preallocate(values.rows(), values.columns());
        engine().attentionGradients
                .add(new AttentionGradients.Call(
                        gradient, queries, keys, values, querySegments, keySegments, shape, dq, dk, dv));
        keeping(dq, gradient, queries, keys, values);
        return List.of(dq, dk, dv);
    }

    @Override
    public void close() {
        owner.close();
        workers.close();
    }
}
