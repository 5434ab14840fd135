package dev.fovea.tensor.reference;

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
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.Sizes;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.HostGradients;
import dev.fovea.tensor.spi.HostStorage;
import dev.fovea.tensor.spi.LinearLayout;
import dev.fovea.tensor.spi.Scopes;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/**
 * Defines every operation in plain loops over float arrays, with sums in double precision. It is slow and obviously
 * right: other backends are tested against it, and it is the place to read what an operation means.
 */
public final class ReferenceBackend implements Backend {

    private final Owner owner = new Owner("reference");
    private final Scopes<HostStorage> scopes = new Scopes<>(storage -> {});

    private record LinearWeight(
            Owner owner,
            String name,
            DType dtype,
            Precision precision,
            int inputs,
            int outputs,
            float[] matrix,
            RoundedRows rounded,
            float[] bias)
            implements Weight.Linear {
        @Override
        public long bytes() {
            return (long) Float.BYTES * (matrix.length + bias.length);
        }
    }

    private record EmbeddingWeight(Owner owner, WeightData data) implements Weight.Embedding {
        @Override
        public String name() {
            return data.name();
        }

        @Override
        public DType dtype() {
            return data.dtype();
        }

        @Override
        public long bytes() {
            return data.data().byteSize();
        }

        @Override
        public int entries() {
            return Math.toIntExact(data.shape().extent(0));
        }

        @Override
        public int columns() {
            return Math.toIntExact(data.shape().extent(1));
        }
    }

    /**
     * Holds the kernel of a convolution.
     *
     * @param kernel {@code [output channels][kernel height][kernel width][channels of a group]}, as it is rounded
     */
    private record ConvolutionWeight(
            Owner owner,
            String name,
            DType dtype,
            ConvolutionShape shape,
            Precision precision,
            double[] kernel,
            float[] bias)
            implements Weight.Convolution {
        @Override
        public long bytes() {
            return (long) Float.BYTES * (kernel.length + bias.length);
        }

        /** Returns the numbers of a pixel's patch within a group of channels. */
        int terms() {
            return shape.kernelHeight() * shape.kernelWidth() * shape.channelsPerGroup();
        }
    }

    @Override
    public String description() {
        return "reference: plain loops in double precision, one thread (slow; for checking, not for work)";
    }

    // ---- tensors and their lifetime ----

    @Override
    public Tensor tensor(int rows, int columns, float[] values) {
        Checks.tensor(owner, rows, columns, values);
        HostStorage storage = HostStorage.allocate(owner, values.length);
        storage.write(0, values, 0, rows * columns);
        return scopes.register(storage).tensor(rows, columns);
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
        LinearLayout layout = LinearLayout.of(weights, biases);
        boolean isReduced = precision != Precision.F32;
        DType dtype = isReduced ? DType.F32 : LinearLayout.storage(weights, storage);
        float[] matrix = new float[Sizes.arrayLength("linear", layout.outputs(), layout.inputs())];
        int output = 0;
        for (int part = 0; part < weights.size(); part++) {
            float[] rows = layout.stored(weights.get(part), dtype);
            LinearLayout.requireFinite(weights.get(part), precision, rows, rows.length);
            System.arraycopy(rows, 0, matrix, output * layout.inputs(), rows.length);
            output += Math.toIntExact(weights.get(part).shape().extent(0));
        }
        if (precision == Precision.BF16) {
            HalfFloats.roundBfloat16(matrix);
        }
        return new LinearWeight(
                owner,
                layout.name(),
                isReduced ? precision.storage(null) : dtype,
                precision,
                layout.inputs(),
                layout.outputs(),
                matrix,
                precision.isInteger() ? RoundedRows.of(matrix, layout.inputs(), precision.largestWeight()) : null,
                layout.bias(biases));
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        Checks.embeddingWeight(owner, table);
        return new EmbeddingWeight(owner, table);
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        Checks.convolutionWeight(owner, kernel, bias, shape, precision);
        Precision rounding = shape.isDepthwise() ? Precision.F32 : precision;
        float[] values = kernel.toFloats();
        LinearLayout.requireFinite(kernel, rounding, values, values.length);
        int taps = shape.kernelHeight() * shape.kernelWidth();
        int channels = shape.channelsPerGroup();
        float[] channelsLast = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int tap = i % taps;
            int channel = i / taps % channels;
            channelsLast[(i / taps / channels * taps + tap) * channels + channel] = values[i];
        }
        return new ConvolutionWeight(
                owner,
                kernel.name(),
                kernel.dtype(),
                shape,
                rounding,
                RoundedRows.numbers(channelsLast, taps * channels, rounding, rounding.largestWeight()),
                bias == null ? new float[shape.outputChannels()] : bias.toFloats());
    }

    // ---- products ----

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        Checks.linear(owner, x, weight, fusion);
        LinearWeight w = (LinearWeight) weight;
        float[] input = (fusion.norm() == null ? x : layerNorm(x, fusion.norm())).toArray();
        float[] residual = fusion.residual() == null ? null : fusion.residual().toArray();
        float[] y = new float[Sizes.arrayLength("linear", x.rows(), w.outputs)];
        if (w.precision == Precision.BF16) {
            HalfFloats.roundBfloat16(input);
        }
        RoundedRows rounded = w.rounded == null ? null : RoundedRows.of(input, w.inputs, w.precision.largestInput());
        for (int row = 0; row < x.rows(); row++) {
            for (int output = 0; output < w.outputs; output++) {
                double sum = w.bias[output];
                if (rounded != null) {
                    sum += rounded.dot(row, w.rounded, output);
                } else {
                    for (int i = 0; i < w.inputs; i++) {
                        sum += (double) input[row * w.inputs + i] * w.matrix[output * w.inputs + i];
                    }
                }
                int at = row * w.outputs + output;
                y[at] = (float) (fusion.activation().of(sum) + (residual == null ? 0 : residual[at]));
            }
        }
        return tensor(x.rows(), w.outputs, y);
    }

    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Checks.mlp(owner, x, expand, reduce, fusion);
        return Backend.super.mlp(x, expand, reduce, fusion);
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        Checks.matmul(owner, a, b);
        float[] left = a.toArray();
        float[] right = b.toArray();
        return tabulate(
                "matmul",
                a.rows(),
                b.columns(),
                (row, column) ->
                        sum(a.columns(), k -> (double) left[row * a.columns() + k] * right[k * b.columns() + column]));
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        Checks.matmulTransposed(owner, a, b);
        float[] left = a.toArray();
        float[] right = b.toArray();
        int width = a.columns();
        return tabulate(
                "matmulTransposed",
                a.rows(),
                b.rows(),
                (row, column) -> sum(width, k -> (double) left[row * width + k] * right[column * width + k]));
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
        float[] q = queries.toArray();
        float[] k = keys.toArray();
        float[] v = values.toArray();
        int headSize = queries.columns() / shape.heads();
        int valueSize = values.columns() / shape.heads();
        float[] out = new float[Sizes.arrayLength("attention", queries.rows(), values.columns())];
        for (int segment = 0; segment < querySegments.count(); segment++) {
            int queryCount = querySegments.length(segment);
            int keyCount = keySegments.length(segment);
            for (int query = 0; query < queryCount; query++) {
                int queryRow = querySegments.row(querySegments.start(segment) + query);
                int[] seen = new int[shape.visibleKeys(query, queryCount, keyCount)];
                Arrays.setAll(seen, new KeyRows(keySegments, segment)::row);
                for (int head = 0; head < shape.heads(); head++) {
                    int h = head;
                    double[] weights = softmax(
                            seen.length,
                            key -> shape.scale()
                                    * sum(
                                            headSize,
                                            i -> (double) q[queryRow * queries.columns() + h * headSize + i]
                                                    * k[seen[key] * keys.columns() + h * headSize + i]));
                    for (int i = 0; i < valueSize; i++) {
                        int column = head * valueSize + i;
                        out[queryRow * values.columns() + column] = (float) sum(
                                seen.length, key -> weights[key] * v[seen[key] * values.columns() + column]);
                    }
                }
            }
        }
        return tensor(queries.rows(), values.columns(), out);
    }

    private record KeyRows(Segments segments, int segment) {
        int row(int key) {
            return segments.row(segments.start(segment) + key);
        }
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        Checks.channelAttention(owner, queries, keys, values, segments, groups);
        float[] q = queries.toArray();
        float[] k = keys.toArray();
        float[] v = values.toArray();
        int channels = queries.columns();
        int size = channels / groups;
        float[] out = new float[q.length];
        for (int segment = 0; segment < segments.count(); segment++) {
            int first = segments.start(segment);
            int rows = segments.length(segment);
            for (int query = 0; query < channels; query++) {
                int i = query;
                int group = query / size * size;
                double[] weights = softmax(
                        size,
                        j -> Math.pow(rows, -0.5)
                                * sum(
                                        rows,
                                        row -> (double) q[(first + row) * channels + i]
                                                * k[(first + row) * channels + group + j]));
                for (int row = first; row < first + rows; row++) {
                    int at = row * channels;
                    out[at + i] = (float) sum(size, j -> weights[j] * v[at + group + j]);
                }
            }
        }
        return tensor(queries.rows(), channels, out);
    }

    // ---- rows on their own ----

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        Checks.layerNorm(owner, x, norm);
        float[] values = x.toArray();
        float[] gamma = norm.gamma().toArray();
        float[] beta = norm.beta().toArray();
        int width = x.columns();
        float[] y = new float[values.length];
        for (int start = 0; start < values.length; start += width) {
            int row = start;
            double mean = sum(width, i -> values[row + i]) / width;
            double variance = sum(width, i -> (values[row + i] - mean) * (values[row + i] - mean)) / width;
            double scale = 1 / Math.sqrt(variance + norm.epsilon());
            for (int i = 0; i < width; i++) {
                y[row + i] = (float) ((values[row + i] - mean) * scale * gamma[i] + beta[i]);
            }
        }
        return tensor(x.rows(), width, y);
    }

    @Override
    public Tensor softmax(Tensor x) {
        owner.accept("softmax", x);
        float[] values = x.toArray();
        int width = x.columns();
        float[] y = new float[values.length];
        for (int start = 0; start < values.length; start += width) {
            int row = start;
            double[] weights = softmax(width, i -> values[row + i]);
            for (int i = 0; i < width; i++) {
                y[row + i] = (float) weights[i];
            }
        }
        return tensor(x.rows(), width, y);
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        owner.accept("l2Normalize", x);
        float[] values = x.toArray();
        int width = x.columns();
        double[] lengths = new double[x.rows()];
        Arrays.setAll(lengths, row -> Math.sqrt(sum(width, i -> square(values[row * width + i]))));
        return tabulate("l2Normalize", x.rows(), width, (row, column) -> values[row * width + column] / lengths[row]);
    }

    // ---- element by element ----

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        owner.accept("activate", x, activation);
        float[] values = x.toArray();
        return tabulate(
                "activate", x.rows(), x.columns(), (row, column) -> activation.of(values[row * x.columns() + column]));
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        Checks.repeats(owner, a, b, "add");
        Repeated second = Repeated.of(b);
        float[] values = a.toArray();
        return tabulate(
                "add",
                a.rows(),
                a.columns(),
                (row, column) -> (double) values[row * a.columns() + column] + second.at(row, column));
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Checks.repeats(owner, a, b, "multiply");
        Repeated second = Repeated.of(b);
        float[] values = a.toArray();
        return tabulate(
                "multiply",
                a.rows(),
                a.columns(),
                (row, column) -> (double) values[row * a.columns() + column] * second.at(row, column));
    }

    /** Repeats the right operand of an element-wise operation to the size of the left one. */
    private record Repeated(float[] values, int rows, int columns) {
        static Repeated of(Tensor b) {
            return new Repeated(b.toArray(), b.rows(), b.columns());
        }

        double at(int row, int column) {
            return values[row % rows * columns + (columns == 1 ? 0 : column)];
        }
    }

    // ---- moving rows ----

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        int[] numbers = Checks.embedding(owner, table, ids);
        WeightData data = ((EmbeddingWeight) table).data;
        return tabulate(
                "embedding",
                numbers.length,
                table.columns(),
                (row, column) -> data.get((long) numbers[row] * table.columns() + column));
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        int[] numbers = Checks.gatherRows(owner, x, rows);
        float[] values = x.toArray();
        return tabulate(
                "gatherRows",
                numbers.length,
                x.columns(),
                (row, column) -> values[numbers[row] * x.columns() + column]);
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        List<Tensor> all = Checks.concatRows(owner, parts);
        int rows = Checks.rows(all);
        int width = all.getFirst().columns();
        float[] values = new float[Sizes.arrayLength("concatRows", rows, width)];
        int at = 0;
        for (Tensor part : all) {
            float[] partValues = part.toArray();
            System.arraycopy(partValues, 0, values, at, partValues.length);
            at += partValues.length;
        }
        return tensor(rows, width, values);
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        Checks.preallocate(owner, rows, columns);
        return tensor(rows, columns, new float[Sizes.arrayLength("preallocate", rows, columns)]);
    }

    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        int[] numbers = Checks.writeRows(owner, target, rows, values);
        float[] source = values.toArray();
        for (int i = 0; i < numbers.length; i++) {
            ((HostStorage) target.storage())
                    .write(
                            target.offset() + numbers[i] * target.rowStride(),
                            source,
                            i * values.columns(),
                            values.columns());
        }
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        Checks.meanRows(owner, x, segments);
        float[] values = x.toArray();
        return tabulate("meanRows", segments.count(), x.columns(), (segment, column) -> {
            int length = segments.length(segment);
            return sum(length, i -> values[segments.row(segments.start(segment) + i) * x.columns() + column])
                    / Math.max(1, length);
        });
    }

    // ---- pictures ----

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        Grid out = Checks.convolution(owner, x, grid, weight, activation);
        ConvolutionWeight w = (ConvolutionWeight) weight;
        ConvolutionShape shape = w.shape;
        float[] pixels = x.toArray();
        int outputsPerGroup = shape.outputChannels() / shape.groups();
        float[] y = new float[Sizes.arrayLength("convolution", out.rows(), shape.outputChannels())];
        for (int pixel = 0; pixel < out.rows(); pixel++) {
            for (int group = 0; group < shape.groups(); group++) {
                int[] sources = sources(pixel, out, grid, shape);
                double[] patch = patch(pixels, sources, group, w);
                for (int output = group * outputsPerGroup; output < (group + 1) * outputsPerGroup; output++) {
                    double sum = w.bias[output];
                    for (int i = 0; i < patch.length; i++) {
                        if (sources[i / shape.channelsPerGroup()] >= 0) {
                            sum += patch[i] * w.kernel[output * patch.length + i];
                        }
                    }
                    y[pixel * shape.outputChannels() + output] = (float) activation.of(sum);
                }
            }
        }
        return tensor(out.rows(), shape.outputChannels(), y);
    }

    /** Returns the row of the input below every tap of the kernel at an output pixel, -1 outside the image. */
    private static int[] sources(int pixel, Grid out, Grid grid, ConvolutionShape shape) {
        int image = pixel / (out.height() * out.width());
        int top = pixel / out.width() % out.height() * shape.stride() - shape.padding();
        int left = pixel % out.width() * shape.stride() - shape.padding();
        int[] sources = new int[shape.kernelHeight() * shape.kernelWidth()];
        for (int tap = 0; tap < sources.length; tap++) {
            int y = top + tap / shape.kernelWidth();
            int x = left + tap % shape.kernelWidth();
            boolean isInside = y >= 0 && y < grid.height() && x >= 0 && x < grid.width();
            sources[tap] = isInside ? (image * grid.height() + y) * grid.width() + x : -1;
        }
        return sources;
    }

    /** Returns the inputs of a group of channels at the sources, as they are rounded; zeros outside the image. */
    private static double[] patch(float[] pixels, int[] sources, int group, ConvolutionWeight w) {
        int channels = w.shape.channelsPerGroup();
        float[] patch = new float[w.terms()];
        for (int i = 0; i < patch.length; i++) {
            int source = sources[i / channels];
            int channel = group * channels + i % channels;
            patch[i] = source < 0 ? 0 : pixels[source * w.shape.inputChannels() + channel];
        }
        return RoundedRows.numbers(patch, patch.length, w.precision, w.precision.largestInput());
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        Grid out = Checks.averagePool(owner, x, grid, size, stride);
        float[] pixels = x.toArray();
        return tabulate("averagePool", out.rows(), x.columns(), (pixel, channel) -> {
            int image = pixel / (out.height() * out.width());
            int top = pixel / out.width() % out.height() * stride;
            int left = pixel % out.width() * stride;
            return sum(size * size, i -> {
                        int source = (image * grid.height() + top + i / size) * grid.width() + left + i % size;
                        return pixels[source * x.columns() + channel];
                    })
                    / (size * size);
        });
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        Checks.convolution(owner, x, grid, weight, shortcut, activation);
        return Backend.super.convolution(x, grid, weight, shortcut, activation);
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        Grid out = Checks.maxPool(owner, x, grid, size, stride, padding);
        float[] values = x.toArray();
        int channels = x.columns();
        float[] y = new float[Sizes.arrayLength("maxPool", out.rows(), channels)];
        for (int pixel = 0; pixel < out.rows(); pixel++) {
            int image = pixel / (out.height() * out.width());
            int top = pixel / out.width() % out.height() * stride - padding;
            int left = pixel % out.width() * stride - padding;
            for (int channel = 0; channel < channels; channel++) {
                float largest = Float.NEGATIVE_INFINITY;
                for (int row = Math.max(0, top); row < Math.min(grid.height(), top + size); row++) {
                    for (int column = Math.max(0, left); column < Math.min(grid.width(), left + size); column++) {
                        int source = (image * grid.height() + row) * grid.width() + column;
                        largest = Math.max(largest, values[source * channels + channel]);
                    }
                }
                y[pixel * channels + channel] = largest;
            }
        }
        return tensor(out.rows(), channels, y);
    }

    // ---- what gradients are made of ----

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
    }

    // ---- the vocabulary of the definitions above ----

    private interface Element {
        double at(int row, int column);
    }

    private Tensor tabulate(String operation, int rows, int columns, Element element) {
        float[] values = new float[Sizes.arrayLength(operation, rows, columns)];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[row * columns + column] = (float) element.at(row, column);
            }
        }
        return tensor(rows, columns, values);
    }

    private static double sum(int count, IntToDoubleFunction term) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += term.applyAsDouble(i);
        }
        return sum;
    }

    private static double max(int count, IntToDoubleFunction term) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, term.applyAsDouble(i));
        }
        return max;
    }

    private static double square(double x) {
        return x * x;
    }

    private static double[] softmax(int count, IntToDoubleFunction score) {
        double max = max(count, score);
        double[] weights = new double[count];
        Arrays.setAll(weights, i -> Math.exp(score.applyAsDouble(i) - max));
        double total = sum(count, i -> weights[i]);
        Arrays.setAll(weights, i -> weights[i] / total);
        return weights;
    }
}
