package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;

/** Operations on pictures: convolutions of all kinds, pooling. */
final class PictureChecks {

    private PictureChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("convolution", "plain", trial -> convolution(trial, Kind.PLAIN)),
                Check.of("convolution", "grouped", trial -> convolution(trial, Kind.GROUPED)),
                Check.of("convolution", "depthwise", trial -> convolution(trial, Kind.DEPTHWISE)),
                Check.of("convolution", "1x1", trial -> convolution(trial, Kind.POINTWISE)),
                Check.of("convolution", "patches", trial -> convolution(trial, Kind.PATCHES)),
                Check.of(
                        "convolution",
                        "kernel larger than the picture",
                        trial -> convolution(trial, Kind.LARGE_KERNEL)),
                new Check("convolution", "a large picture", 20, trial -> convolution(trial, Kind.LARGE_PICTURE)),
                Check.of("convolution", "1x1 and a shortcut", trial -> shortcut(trial, Kind.POINTWISE)),
                Check.of("convolution", "any kernel and a shortcut", trial -> shortcut(trial, Kind.PLAIN)),
                new Check("convolution", "3x3 as large as a model's", 12, trial -> shortcut(trial, Kind.RESIDUAL)),
                Check.of("convolution", "every precision", PictureChecks::rounded),
                Check.of("averagePool", "random windows", PictureChecks::averagePool),
                Check.of("maxPool", "random windows", PictureChecks::maxPool));
    }

    private enum Kind {
        PLAIN,
        GROUPED,
        DEPTHWISE,
        POINTWISE,
        PATCHES,
        LARGE_KERNEL,
        LARGE_PICTURE,
        RESIDUAL
    }

    private static ConvolutionShape shape(Draw draw, Kind kind) {
        int stride = draw.between("stride", 1, 3);
        int height = draw.between("kernelHeight", 1, 5);
        int width = draw.chance("square") ? height : draw.between("kernelWidth", 1, 5);
        int padding = draw.between("padding", 0, 3);
        return switch (kind) {
            case PLAIN ->
                new ConvolutionShape(
                        draw.size("inputs", 33), draw.size("outputs", 40), height, width, stride, padding, 1);
            case GROUPED -> {
                int groups = draw.between("groups", 2, 4);
                int inputs = groups * draw.size("inputsPerGroup", 17);
                int outputs = groups * draw.size("outputsPerGroup", 17);
                yield new ConvolutionShape(inputs, outputs, height, width, stride, padding, groups);
            }
            case DEPTHWISE -> {
                int channels = draw.size("channels", 129);
                int multiplier = draw.oneOf("multiplier", 1, 1, 1, 2);
                yield new ConvolutionShape(channels, channels * multiplier, height, width, stride, padding, channels);
            }
            case POINTWISE ->
                new ConvolutionShape(
                        draw.size("inputs", 65),
                        draw.size("outputs", 65),
                        1,
                        1,
                        draw.oneOf("step", 1, 1, 2),
                        draw.oneOf("border", 0, 0, 1),
                        1);
            case PATCHES -> {
                int patch = draw.oneOf("patch", 1, 2, 4, 7, 8);
                yield new ConvolutionShape(
                        draw.oneOf("inputs", 1, 3, 4), draw.size("outputs", 96), patch, patch, patch, 0, 1);
            }
            case LARGE_PICTURE -> {
                int groups = draw.oneOf("groups", 1, 3);
                yield new ConvolutionShape(3, 3, 3, 3, 1, 1, groups);
            }
            case RESIDUAL ->
                new ConvolutionShape(
                        draw.oneOf("inputs", 64, 65, 80), draw.oneOf("outputs", 64, 72, 97), 3, 3, 1, padding % 3, 1);
            case LARGE_KERNEL -> new ConvolutionShape(2, 3, 6, 7, stride, draw.between("border", 0, 4), 1);
        };
    }

    private static Grid grid(Draw draw, int reach) {
        return new Grid(
                draw.between("images", 0, 3), draw.between("height", 1, reach), draw.between("width", 1, reach));
    }

    /** The bound of a sum; see {@link LinearChecks}. No activation is steeper than 1.13. */
    private static void convolution(Trial trial, Kind kind) {
        Draw draw = trial.draw;
        ConvolutionShape shape = shape(draw, kind);
        Grid grid = switch (kind) {
            case PATCHES -> grid(draw, 4 * shape.stride());
            case LARGE_KERNEL -> grid(draw, 5);
            case LARGE_PICTURE -> new Grid(draw.between("images", 1, 2), 97, 101);
            default -> grid(draw, 12);
        };
        int exponent = draw.oneOf("exponent", 0, 12);
        Matrix x = draw.matrix("x", grid.rows(), shape.inputChannels(), exponent);
        DType dtype = draw.oneOf("dtype", DType.F32, DType.F32, DType.F16, DType.BF16);
        WeightData kernel = draw.weight(
                "kernel",
                dtype,
                dtype == DType.F16 ? 0 : exponent,
                shape.outputChannels(),
                shape.channelsPerGroup(),
                shape.kernelHeight(),
                shape.kernelWidth());
        WeightData bias = draw.chance("bias") ? draw.weight("bias", dtype, 0, shape.outputChannels()) : null;
        Activation activation = draw.oneOf("activation", Activation.IDENTITY, Activation.RELU, Activation.GELU);
        float[] magnitudes = trial.reference(backend -> backend.convolution(
                trial.on(backend, x.magnitudes()),
                grid,
                backend.convolutionWeight(Draw.magnitudes(kernel), bias == null ? null : Draw.magnitudes(bias), shape),
                Activation.IDENTITY));
        int terms = shape.channelsPerGroup() * shape.kernelHeight() * shape.kernelWidth();
        Trial.Bound sum = LinearChecks.sum(magnitudes, terms);
        trial.compare(
                backend -> backend.convolution(
                        trial.on(backend, x), grid, backend.convolutionWeight(kernel, bias, shape), activation),
                (i, expected) -> 1.13 * sum.at(i, expected));
    }

    /**
     * In every precision. Operands may be rounded as that says, or less: with {@code s} the half of a step and {@code
     * X}, {@code W} the largest magnitudes of all, {@code (x + s X) (w + s W) - x w = s X w + s x W + s s X W}.
     */
    private static void rounded(Trial trial) {
        Draw draw = trial.draw;
        ConvolutionShape shape = shape(draw, draw.oneOf("kind", Kind.PATCHES, Kind.POINTWISE, Kind.GROUPED));
        Precision precision = draw.oneOf("precision", Precision.values());
        Grid grid = grid(draw, 4 * shape.stride());
        Matrix x = draw.matrix("x", grid.rows(), shape.inputChannels(), 0);
        WeightData kernel = draw.weight(
                "kernel",
                draw.oneOf("dtype", DType.F32, DType.BF16),
                0,
                shape.outputChannels(),
                shape.channelsPerGroup(),
                shape.kernelHeight(),
                shape.kernelWidth());
        WeightData magnitudes = Draw.magnitudes(kernel);
        float largestInput = largest(x.magnitudes().values());
        float largestWeight = largest(magnitudes.toFloats());
        float[] inputsAsLarge = filled(grid.rows() * shape.inputChannels(), largestInput);
        float[] weightsAsLarge = filled(Math.toIntExact(kernel.shape().elements()), largestWeight);
        WeightData largeKernel = Draw.weight("large", DType.F32, kernel.shape(), weightsAsLarge);
        float[] sums = products(trial, x.magnitudes().values(), grid, magnitudes, shape);
        float[] ofInputs = products(trial, inputsAsLarge, grid, magnitudes, shape);
        float[] ofWeights = products(trial, x.magnitudes().values(), grid, largeKernel, shape);
        float[] ofBoth = products(trial, inputsAsLarge, grid, largeKernel, shape);
        double left = PrecisionChecks.step(precision, precision.largestInput());
        double right = PrecisionChecks.step(precision, precision.largestWeight());
        int terms = shape.channelsPerGroup() * shape.kernelHeight() * shape.kernelWidth();
        Trial.Bound sum = LinearChecks.sum(sums, terms);
        trial.compare(
                backend -> backend.convolution(
                        trial.on(backend, x),
                        grid,
                        backend.convolutionWeight(kernel, null, shape, precision),
                        Activation.IDENTITY),
                (i, expected) -> sum.at(i, expected)
                        + 2 * (left * ofInputs[i] + right * ofWeights[i] + left * right * ofBoth[i]));
    }

    private static float[] products(Trial trial, float[] x, Grid grid, WeightData kernel, ConvolutionShape shape) {
        return trial.reference(backend -> backend.convolution(
                backend.tensor(grid.rows(), shape.inputChannels(), x),
                grid,
                backend.convolutionWeight(kernel, null, shape),
                Activation.IDENTITY));
    }

    private static float largest(float[] magnitudes) {
        float largest = 0;
        for (float magnitude : magnitudes) {
            largest = Math.max(largest, magnitude);
        }
        return largest;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    /**
     * With a sum at the end. Numbers are of like size: a fast convolution (Winograd) works on sums of neighbouring
     * pixels, and its error is that of the largest of them.
     */
    private static void shortcut(Trial trial, Kind kind) {
        Draw draw = trial.draw;
        ConvolutionShape shape = shape(draw, kind);
        Grid grid = grid(draw, kind == Kind.RESIDUAL ? 23 : 12);
        Grid out = shape.output(grid);
        Matrix x = draw.matrix("x", grid.rows(), shape.inputChannels(), 0);
        WeightData kernel = draw.weight(
                "kernel",
                DType.F32,
                0,
                shape.outputChannels(),
                shape.channelsPerGroup(),
                shape.kernelHeight(),
                shape.kernelWidth());
        WeightData bias = draw.chance("bias") ? draw.weight("bias", DType.F32, 0, shape.outputChannels()) : null;
        Matrix shortcut = draw.matrix("shortcut", out.rows(), shape.outputChannels(), 0);
        Activation activation = draw.oneOf("activation", Activation.IDENTITY, Activation.RELU, Activation.GELU);
        float[] magnitudes = trial.reference(backend -> backend.convolution(
                trial.on(backend, x.magnitudes()),
                grid,
                backend.convolutionWeight(Draw.magnitudes(kernel), bias == null ? null : Draw.magnitudes(bias), shape),
                trial.on(backend, shortcut.magnitudes()),
                Activation.IDENTITY));
        int terms = shape.channelsPerGroup() * shape.kernelHeight() * shape.kernelWidth();
        Trial.Bound sum = LinearChecks.sum(magnitudes, terms);
        trial.compare(
                backend -> backend.convolution(
                        trial.on(backend, x),
                        grid,
                        backend.convolutionWeight(kernel, bias, shape),
                        trial.on(backend, shortcut),
                        activation),
                (i, expected) -> 1.13 * sum.at(i, expected));
    }

    private static void averagePool(Trial trial) {
        Draw draw = trial.draw;
        Grid grid = new Grid(draw.between("images", 0, 3), draw.between("height", 1, 12), draw.between("width", 1, 12));
        int size = draw.between("size", 1, 5);
        int stride = draw.between("stride", 1, 4);
        Matrix x = draw.matrix("x", grid.rows(), draw.size("channels", 129), 30);
        float[] magnitudes =
                trial.reference(backend -> backend.averagePool(trial.on(backend, x.magnitudes()), grid, size, stride));
        trial.compare(
                backend -> backend.averagePool(trial.on(backend, x), grid, size, stride),
                LinearChecks.sum(magnitudes, size * size));
    }

    private static void maxPool(Trial trial) {
        Draw draw = trial.draw;
        Grid grid = new Grid(draw.between("images", 0, 3), draw.between("height", 1, 12), draw.between("width", 1, 12));
        int size = draw.between("size", 1, 5);
        int stride = draw.between("stride", 1, 4);
        int padding = draw.between("padding", 0, size - 1);
        Matrix x = draw.matrix("x", grid.rows(), draw.size("channels", 129), 30);
        trial.compare(backend -> backend.maxPool(trial.on(backend, x), grid, size, stride, padding), Trial.EXACT);
    }
}
