package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Same input, same bits: with any number of threads, whatever else is in the batch, however many callers there are. */
final class BitChecks {

    private static final int CALLERS = 8;

    private BitChecks() {}

    static List<Check> all() {
        return List.of(
                new Check("bits", "linear: a row alone and in a batch", 3, BitChecks::linearRowsAlone),
                new Check("bits", "mlp: a row alone and in a batch", 3, BitChecks::mlpRowsAlone),
                new Check("bits", "attention: a sequence alone and in a batch", 3, BitChecks::sequenceAlone),
                new Check("bits", "rows alone and in a batch", 3, BitChecks::rowsAlone),
                new Check("bits", "convolution: a picture alone and in a batch", 6, BitChecks::pictureAlone),
                new Check("bits", "any number of threads", Math.max(1, Check.CASES / 2), BitChecks::threads),
                new Check("bits", "eight callers at once", Math.max(1, Check.CASES / 2), BitChecks::callers));
    }

    private static void threads(Trial trial) {
        Workload workload = new Workload(trial.draw);
        float[] expected = workload.run(trial.tested(), workload.load(trial.tested()));
        for (int threads : new int[] {1, 2, 3, 5}) {
            try (Backend backend = trial.open(threads)) {
                Trial.sameBits(
                        expected,
                        workload.run(backend, workload.load(backend)),
                        threads + " threads make a difference");
            }
        }
    }

    private static void callers(Trial trial) {
        Backend backend = trial.tested();
        Workload workload = new Workload(trial.draw);
        Workload.Loaded model = workload.load(backend);
        float[] expected = workload.run(backend, model);
        List<Callable<float[]>> calls = new ArrayList<>();
        for (int i = 0; i < 2 * CALLERS; i++) {
            calls.add(() -> workload.run(backend, model));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(CALLERS)) {
            for (Future<float[]> found : executor.invokeAll(calls)) {
                Trial.sameBits(expected, found.get(), CALLERS + " callers make a difference");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            throw new AssertionError("a caller failed: " + e.getCause(), e);
        }
    }

    private static void linearRowsAlone(Trial trial) {
        Draw draw = trial.draw;
        int rows = 1 + draw.oneOf("large", 0, 0, 600) + draw.size("rows", 129);
        int inputs = draw.oneOf("inputs", 7, 64, 77, 192, 768);
        int outputs = draw.size("outputs", 300);
        DType storage = draw.oneOf("storage", DType.F32, DType.F16, DType.BF16, DType.I8);
        WeightData matrix = draw.weight("weight", DType.F32, 0, outputs, inputs);
        WeightData bias = draw.weight("bias", DType.F32, 0, outputs);
        Matrix x = draw.matrix("x", rows, inputs, 0);
        Matrix residual = draw.matrix("residual", rows, outputs, 0);
        Norm norm = draw.chance("norm") ? Norm.drawn(draw, inputs) : null;
        Activation activation = draw.oneOf("activation", Activation.values());
        int from = draw.between("from", 0, rows - 1);
        int to = draw.oneOf("count", 1, 1, 2, 5) + from;
        int end = Math.min(rows, to);
        Backend backend = trial.tested();
        backend.scoped("", () -> {
            Weight.Linear weight = backend.linearWeight(List.of(matrix), List.of(bias), storage);
            Tensor all = trial.on(backend, x);
            Tensor added = trial.on(backend, residual);
            Fusion fusion = new Fusion(trial.on(backend, norm), activation, added);
            Tensor batch = backend.linear(all, weight, fusion);
            Tensor alone = backend.linear(all.rows(from, end), weight, fusion.withResidual(added.rows(from, end)));
            Trial.sameBits(batch.rows(from, end).toArray(), alone.toArray(), "alone and in a batch differ");
            return null;
        });
    }

    private static void mlpRowsAlone(Trial trial) {
        Draw draw = trial.draw;
        int rows = 600 + draw.size("rows", 129);
        int inputs = draw.oneOf("inputs", 7, 64);
        int between = draw.oneOf("between", 40, 300, 1700);
        DType storage = draw.oneOf("storage", DType.F32, DType.F16, DType.BF16, DType.I8);
        WeightData wide = draw.weight("expand", DType.F32, 0, between, inputs);
        WeightData narrow = draw.weight("reduce", DType.F32, 0, inputs, between);
        Matrix x = draw.matrix("x", rows, inputs, 0);
        Activation activation = draw.oneOf("activation", Activation.values());
        int from = draw.between("from", 0, rows - 1);
        int end = Math.min(rows, from + draw.oneOf("count", 1, 2, 5));
        Backend backend = trial.tested();
        backend.scoped("", () -> {
            Weight.Linear expand = backend.linearWeight(List.of(wide), List.of(), storage);
            Weight.Linear reduce = backend.linearWeight(List.of(narrow), List.of(), storage);
            Tensor all = trial.on(backend, x);
            Fusion fusion = Fusion.NONE.withActivation(activation);
            Tensor batch = backend.mlp(all, expand, reduce, fusion.withResidual(all));
            Tensor part = all.rows(from, end);
            Tensor alone = backend.mlp(part, expand, reduce, fusion.withResidual(part));
            Trial.sameBits(batch.rows(from, end).toArray(), alone.toArray(), "alone and in a batch differ");
            return null;
        });
    }

    private static void sequenceAlone(Trial trial) {
        Draw draw = trial.draw;
        int heads = draw.oneOf("heads", 1, 3, 8);
        int width = heads * draw.oneOf("headSize", 5, 16, 64);
        int length = draw.oneOf("length", 1, 2, 7, 50, 130);
        int before = draw.between("before", 0, 60);
        int after = draw.between("after", 0, 60);
        AttentionShape shape = new AttentionShape(heads, 0.3f, draw.oneOf("mask", Mask.values()));
        Segments segments = Segments.ofLengths(before, length, after);
        Segments segment = Segments.ofLengths(length);
        Matrix fused = draw.matrix("projection", segments.totalLength(), 3 * width, 0);
        Backend backend = trial.tested();
        backend.scoped("", () -> {
            Tensor all = trial.on(backend, fused);
            Tensor one = all.rows(before, before + length);
            Tensor batch = attention(backend, all, width, segments, shape);
            Tensor alone = attention(backend, one, width, segment, shape);
            Trial.sameBits(
                    batch.rows(before, before + length).toArray(), alone.toArray(), "alone and in a batch differ");
            return null;
        });
    }

    private static void pictureAlone(Trial trial) {
        Draw draw = trial.draw;
        Grid batch =
                new Grid(draw.between("images", 2, 7), draw.between("height", 3, 20), draw.between("width", 3, 20));
        Grid alone = new Grid(1, batch.height(), batch.width());
        int kernel = draw.oneOf("kernel", 1, 3, 3);
        ConvolutionShape shape = new ConvolutionShape(
                draw.oneOf("inputs", 3, 32, 64), draw.oneOf("outputs", 32, 70), kernel, kernel, 1, kernel / 2, 1);
        WeightData weight =
                draw.weight("kernel", DType.F32, 0, shape.outputChannels(), shape.inputChannels(), kernel, kernel);
        Matrix pixels = draw.matrix("x", batch.rows(), shape.inputChannels(), 0);
        Matrix added = draw.matrix("shortcut", batch.rows(), shape.outputChannels(), 0);
        int from = draw.between("picture", 0, batch.images() - 1) * alone.rows();
        int to = from + alone.rows();
        Backend backend = trial.tested();
        backend.scoped("", () -> {
            Weight.Convolution convolution = backend.convolutionWeight(weight, null, shape);
            Tensor x = trial.on(backend, pixels);
            Tensor shortcut = trial.on(backend, added);
            Tensor all = backend.convolution(x, batch, convolution, shortcut, Activation.RELU);
            Tensor one =
                    backend.convolution(x.rows(from, to), alone, convolution, shortcut.rows(from, to), Activation.RELU);
            Trial.sameBits(all.rows(from, to).toArray(), one.toArray(), "alone and in a batch differ");
            return null;
        });
    }

    private static Tensor attention(Backend backend, Tensor fused, int width, Segments segments, AttentionShape shape) {
        return backend.attention(
                fused.columns(0, width),
                fused.columns(width, 2 * width),
                fused.columns(2 * width, 3 * width),
                segments,
                segments,
                shape);
    }

    private static void rowsAlone(Trial trial) {
        Draw draw = trial.draw;
        int rows = 1 + draw.size("rows", 65);
        int columns = draw.size("columns", 257);
        Matrix x = draw.matrix("x", rows, columns, 0);
        Matrix other = draw.matrix("other", 33, columns, 0);
        Norm norm = Norm.drawn(draw, columns);
        int row = draw.between("row", 0, rows - 1);
        Backend backend = trial.tested();
        backend.scoped("", () -> {
            Tensor all = trial.on(backend, x);
            Tensor right = trial.on(backend, other);
            var parameters = trial.on(backend, norm);
            List<java.util.function.UnaryOperator<Tensor>> operations = List.of(
                    a -> backend.layerNorm(a, parameters),
                    backend::softmax,
                    backend::l2Normalize,
                    a -> backend.matmulTransposed(a, right),
                    a -> backend.activate(a, Activation.GELU));
            for (int i = 0; i < operations.size(); i++) {
                Tensor batch = operations.get(i).apply(all);
                Tensor alone = operations.get(i).apply(all.rows(row, row + 1));
                Trial.sameBits(
                        batch.rows(row, row + 1).toArray(),
                        alone.toArray(),
                        "operation " + i + ": alone and in a batch differ");
            }
            return null;
        });
    }
}
