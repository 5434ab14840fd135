package dev.fovea.kernels.opencl;

import dev.fovea.kernels.opencl.DeviceWeights.Matrix;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.files.DiskCache;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.HostGradients;
import dev.fovea.tensor.spi.Scopes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Implements the operations on an OpenCL device. Weights are uploaded once, activations stay there, and every operation
 * only tells the device what to do: the host waits when somebody reads values ({@link Tensor#toArray}) and nowhere
 * else.
 */
public final class OpenClBackend implements Backend {

    /** What lies between the two layers of an MLP may take so much. */
    private static final long BETWEEN_BYTES = 32L << 20;

    private final Owner owner = new Owner("opencl");
    private final Queue queue;
    private final DeviceMemory memory;
    private final Programs programs;
    private final Tuning tuning;
    private final WeightLoader loader;
    private final Products products;
    private final DeviceSegments segmentsOnDevice;
    private final Attentions attentions;
    private final Pictures pictures;
    private final Scopes<DeviceStorage> scopes;
    private final AtomicLong weightBytes = new AtomicLong();

    /**
     * Says what a backend has done and holds.
     *
     * @param hostWaits how often the host waited for the device
     * @param launches kernels that were started
     * @param weightBytes bytes of all weights
     * @param heldBytes bytes of the device's memory that are taken now, weights included
     * @param mostHeldBytes the most that were ever taken
     */
    public record Statistics(long hostWaits, long launches, long weightBytes, long heldBytes, long mostHeldBytes) {}

    OpenClBackend(Device device, Tuning tuning, TileSelection tiles, DiskCache cache) {
        this.queue = new Queue(device); // all that can fail; what follows only remembers things
        this.tuning = tuning;
        this.memory = new DeviceMemory(owner, queue);
        this.programs = new Programs(queue, tuning.macros(), cache);
        this.scopes = new Scopes<>(memory::giveBack);
        this.loader = new WeightLoader(owner, queue, memory, programs);
        this.products = new Products(queue, memory, programs, tuning, tiles);
        this.segmentsOnDevice = new DeviceSegments(queue, memory, tuning.queries());
        this.attentions = new Attentions(memory, programs, tuning, segmentsOnDevice);
        this.pictures = new Pictures(memory, programs, tuning, products);
    }

    static OpenClBackend on(Device device) {
        Tuning tuning = Tuning.of(device);
        DiskCache cache = DiskCache.ofUser("opencl");
        return new OpenClBackend(device, tuning, new TileSelection(device, tuning, cache), cache);
    }

    /**
     * Opens the device that {@code --device opencl:wanted} means.
     *
     * @param wanted an index in the list of devices, a part of a name, or an empty string for the fastest
     * @throws FoveaException if there is none such, or it cannot be used
     */
    public static OpenClBackend open(String wanted) {
        return on(Devices.choose(Devices.all(), wanted));
    }

    @Override
    public String description() {
        Device device = queue.device();
        return "OpenCL, " + device.name() + ", " + device.computeUnits() + " compute units, "
                + (device.memoryBytes() >> 20) + " MiB (" + device.platformName() + ")";
    }

    /** Returns the statistics since the backend was opened. */
    public Statistics statistics() {
        return new Statistics(
                queue.hostWaits(), queue.launches(), weightBytes.get(), memory.heldBytes(), memory.mostHeldBytes());
    }

    // ---- tensors and their lifetime ----

    private Tensor allocate(int rows, int columns) {
        return scopes.register(memory.take((long) Float.BYTES * rows * columns)).tensor(rows, columns);
    }

    private static DeviceStorage storage(Tensor tensor) {
        return (DeviceStorage) tensor.storage();
    }

    private void clear(Tensor contiguous) {
        queue.clear(storage(contiguous), contiguous.offset() * Float.BYTES, contiguous.elements() * Float.BYTES);
    }

    @Override
    public Tensor tensor(int rows, int columns, float[] values) {
        Checks.tensor(owner, rows, columns, values);
        Tensor tensor = allocate(rows, columns);
        queue.write(storage(tensor), MemorySegment.ofArray(values).asSlice(0, (long) Float.BYTES * rows * columns));
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

    private <T extends Weight> T counted(T weight) {
        weightBytes.addAndGet(weight.bytes());
        return weight;
    }

    @Override
    public Tensor constant(WeightData data) {
        int columns = Checks.constant(owner, data);
        float[] values = data.toFloats();
        int rows = columns == 0 ? 0 : values.length / columns;
        weightBytes.addAndGet((long) Float.BYTES * values.length);
        return loader.floats(values, values.length).tensor(rows, columns);
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        Checks.linearWeight(owner, weights, biases, precision);
        return counted(loader.linear(List.copyOf(weights), List.copyOf(biases), precision.widenedStorage(storage)));
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        Checks.embeddingWeight(owner, table);
        return counted(loader.embedding(table));
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        Checks.convolutionWeight(owner, kernel, bias, shape, precision);
        return counted(loader.convolution(kernel, bias, shape));
    }

    // ---- products ----

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        Checks.linear(owner, x, weight, fusion);
        Tensor out = allocate(x.rows(), weight.outputs());
        products.multiply(x, ((DeviceWeights.Linear) weight).matrix(), fusion, out);
        return out;
    }

    /** Computes in pieces of rows, so that what lies between the layers takes little memory. */
    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Checks.mlp(owner, x, expand, reduce, fusion);
        Matrix first = ((DeviceWeights.Linear) expand).matrix();
        Matrix second = ((DeviceWeights.Linear) reduce).matrix();
        Tensor out = allocate(x.rows(), reduce.outputs());
        long rowBytes = Math.max(1, (long) Float.BYTES * expand.outputs());
        int piece = (int) Math.clamp(BETWEEN_BYTES / rowBytes, 1, Math.max(1, x.rows()));
        DeviceStorage storage = memory.take(piece * rowBytes);
        for (int from = 0; from < x.rows(); from += piece) {
            int to = Math.min(x.rows(), from + piece);
            Tensor between = storage.tensor(to - from, expand.outputs());
            Tensor residual =
                    fusion.residual() == null ? null : fusion.residual().rows(from, to);
            products.multiply(x.rows(from, to), first, fusion.withResidual(null), between);
            products.multiply(between, second, Fusion.NONE.withResidual(residual), out.rows(from, to));
        }
        memory.giveBack(storage);
        return out;
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        Checks.matmul(owner, a, b);
        return product(a, b.columns(), matrix -> loader.panels(b, matrix.values()));
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        Checks.matmulTransposed(owner, a, b);
        return product(
                a,
                b.rows(),
                matrix -> loader.transpose(
                        storage(b), Float.BYTES, b.offset(), b.rowStride(), b.rows(), b.columns(), matrix.values(), 0));
    }

    /** Writes a right operand into a matrix of zeros. */
    private interface Filler {
        void fill(Matrix matrix);
    }

    private Tensor product(Tensor a, int outputs, Filler filler) {
        int padded = WeightLoader.padded(outputs);
        DeviceStorage values = memory.take((long) Float.BYTES * a.columns() * padded);
        queue.clear(values, 0, values.bytes());
        Matrix matrix = new Matrix(DType.F32, a.columns(), outputs, padded, values, null, null);
        filler.fill(matrix);
        Tensor out = allocate(a.rows(), outputs);
        products.multiply(a, matrix, Fusion.NONE, out);
        memory.giveBack(values);
        return out;
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
            clear(out);
        }
        attentions.attend(queries, keys, values, querySegments, keySegments, shape, out);
        return out;
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        Checks.channelAttention(owner, queries, keys, values, segments, groups);
        Tensor out = allocate(queries.rows(), queries.columns());
        clear(out.rows(segments.totalLength(), out.rows()));
        attentions.attendChannels(queries, keys, values, segments, groups, out);
        return out;
    }

    // ---- rows on their own ----

    private Kernel.Call rowKernel(String name, Tensor x) {
        return programs.kernel("rows", name, "").call().tensor(x);
    }

    /** Runs a group for every row. */
    private Tensor overRows(Kernel.Call call, Tensor out) {
        call.number(out.columns()).tensor(out).groups(new long[] {out.rows()}, new long[] {tuning.lanes()});
        return out;
    }

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        Checks.layerNorm(owner, x, norm);
        Kernel.Call call = rowKernel("layer_norm", x)
                .tensor(norm.gamma())
                .tensor(norm.beta())
                .number(norm.epsilon());
        return overRows(call, allocate(x.rows(), x.columns()));
    }

    @Override
    public Tensor softmax(Tensor x) {
        owner.accept("softmax", x);
        return overRows(rowKernel("softmax", x), allocate(x.rows(), x.columns()));
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        owner.accept("l2Normalize", x);
        return overRows(rowKernel("l2_normalize", x), allocate(x.rows(), x.columns()));
    }

    // ---- element by element ----

    /** Returns an item for every vector of columns of every row. */
    private long items(Tensor out) {
        return (long) out.rows() * ((out.columns() + tuning.width() - 1) / tuning.width());
    }

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        owner.accept("activate", x, activation);
        Tensor out = allocate(x.rows(), x.columns());
        programs.kernel("elements", "activate", "")
                .call()
                .tensor(x)
                .number(activation.ordinal())
                .number(out.rows())
                .number(out.columns())
                .tensor(out)
                .items(items(out));
        return out;
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return combine("add", a, b);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        return combine("multiply", a, b);
    }

    private Tensor combine(String operation, Tensor a, Tensor b) {
        Checks.repeats(owner, a, b, operation);
        Tensor out = allocate(a.rows(), a.columns());
        programs.kernel("elements", operation, "")
                .call()
                .tensor(a)
                .tensor(b)
                .number(b.rows())
                .number(b.columns())
                .number(out.rows())
                .number(out.columns())
                .tensor(out)
                .items(items(out));
        return out;
    }

    // ---- moving rows ----

    /**
     * Runs a kernel of {@code moving.cl} over the rows of x, or over the given row indices.
     *
     * @param numbers row indices for the kernels that take them, or null
     */
    private void moving(String name, Tensor x, int[] numbers, int rows, Tensor out) {
        Kernel.Call call = programs.kernel("moving", name, "").call().tensor(x);
        DeviceStorage onDevice = numbers == null ? null : numbers(numbers);
        if (numbers != null) {
            call.array(onDevice);
        }
        long vectors = (x.columns() + tuning.width() - 1) / tuning.width();
        call.number(rows).number(x.columns()).tensor(out).items(rows * vectors);
        if (numbers != null) {
            memory.giveBack(onDevice);
        }
    }

    /** Integers on the device, to be given back. */
    private DeviceStorage numbers(int[] values) {
        DeviceStorage storage = memory.take((long) Integer.BYTES * values.length);
        queue.write(storage, MemorySegment.ofArray(values));
        return storage;
    }

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        int[] checked = Checks.embedding(owner, table, ids);
        DeviceWeights.Embedding weight = (DeviceWeights.Embedding) table;
        Tensor out = allocate(checked.length, table.columns());
        DeviceStorage numbers = numbers(checked);
        String name = switch (weight.dtype()) {
            case F16 -> "embed_f16";
            case BF16 -> "embed_bf16";
            default -> "embed_f32";
        };
        programs.kernel("moving", name, "")
                .call()
                .array(weight.values())
                .array(numbers)
                .number(checked.length)
                .number(table.columns())
                .tensor(out)
                .items(out.elements());
        memory.giveBack(numbers);
        return out;
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        int[] numbers = Checks.gatherRows(owner, x, rows);
        Tensor out = allocate(numbers.length, x.columns());
        moving("gather", x, numbers, numbers.length, out);
        return out;
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        List<Tensor> all = Checks.concatRows(owner, parts);
        Tensor out = allocate(Checks.rows(all), all.getFirst().columns());
        int at = 0;
        for (Tensor part : all) {
            moving("copy", part, null, part.rows(), out.rows(at, at + part.rows()));
            at += part.rows();
        }
        return out;
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        Checks.preallocate(owner, rows, columns);
        Tensor zeros = allocate(rows, columns);
        clear(zeros);
        return zeros;
    }

    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        int[] numbers = Checks.writeRows(owner, target, rows, values);
        moving("scatter", values, numbers, numbers.length, target);
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        Checks.meanRows(owner, x, segments);
        Tensor out = allocate(segments.count(), x.columns());
        DeviceSegments.Rows rows = segmentsOnDevice.rows(segments);
        programs.kernel("moving", "mean_rows", "")
                .call()
                .tensor(x)
                .array(rows.offsets())
                .array(rows.numbers())
                .number(rows.isMapped())
                .number(segments.count())
                .number(x.columns())
                .tensor(out)
                .items(items(out));
        return out;
    }

    // ---- pictures ----

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        Grid outGrid = Checks.convolution(owner, x, grid, weight, activation);
        Tensor out = allocate(outGrid.rows(), weight.shape().outputChannels());
        DeviceWeights.Convolution w = (DeviceWeights.Convolution) weight;
        if (w.taps() != null) {
            pictures.depthwise(x, grid, w, activation, out);
        } else if (out.rows() > 0) {
            pictures.convolve(x, grid, w, null, activation, out);
        }
        return out;
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        Checks.convolution(owner, x, grid, weight, shortcut, activation);
        DeviceWeights.Convolution w = (DeviceWeights.Convolution) weight;
        if (w.taps() != null) {
            return Backend.super.convolution(x, grid, weight, shortcut, activation);
        }
        Tensor out = allocate(shortcut.rows(), shortcut.columns());
        if (out.rows() > 0) {
            pictures.convolve(x, grid, w, shortcut, activation, out);
        }
        return out;
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        Grid outGrid = Checks.averagePool(owner, x, grid, size, stride);
        Tensor out = allocate(outGrid.rows(), x.columns());
        pictures.pool("average_pool", x, grid, size, stride, 0, out);
        return out;
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        Grid outGrid = Checks.maxPool(owner, x, grid, size, stride, padding);
        Tensor out = allocate(outGrid.rows(), x.columns());
        pictures.pool("max_pool", x, grid, size, stride, padding, out);
        return out;
    }

    // ---- what gradients are made of: computed on the host ----

    @Override
    public Tensor transpose(Tensor x) {
        owner.accept("transpose", x);
        return HostGradients.transpose(this, x);
    }

    @Override
    public Tensor activationGradient(Tensor gradient, Tensor x, Activation activation) {
        Checks.activationGradient(owner, gradient, x, activation);
        return HostGradients.activation(this, gradient, x, activation);
    }

    @Override
    public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
        Checks.layerNormGradient(owner, gradient, x, norm);
        return HostGradients.layerNorm(this, gradient, x, norm);
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
        return HostGradients.attention(this, gradient, queries, keys, values, querySegments, keySegments, shape);
    }

    @Override
    public void close() {
        owner.close();
        // Who compiles or allocates holds these locks and then wants the queue's.
        synchronized (programs) {
            synchronized (memory) {
                queue.close(() -> {
                    programs.close();
                    memory.close();
                });
            }
        }
    }
}
