package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Map;
import java.util.function.Supplier;

/** Mistakes in convolutions and pooling. */
final class BrokenPictures {

    private BrokenPictures() {}

    /** A weight that is made of something else. */
    private interface Loading {
        Weight.Convolution apply(Backend inner, WeightData kernel, WeightData bias, ConvolutionShape shape);
    }

    private static Supplier<Backend> loading(Loading loading) {
        return () -> new Broken() {
            @Override
            public Weight.Convolution convolutionWeight(
                    WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
                return loading.apply(inner(), kernel, bias, shape);
            }
        };
    }

    /** Where in each channel's kernel a tap comes from. */
    private interface Tap {
        int source(int y, int x, ConvolutionShape shape);
    }

    private static Supplier<Backend> taps(Tap tap) {
        return loading((inner, kernel, bias, shape) -> {
            float[] values = kernel.toFloats();
            float[] moved = new float[values.length];
            int size = shape.kernelHeight() * shape.kernelWidth();
            for (int i = 0; i < moved.length; i++) {
                int y = i % size / shape.kernelWidth();
                int x = i % size % shape.kernelWidth();
                moved[i] = values[i / size * size + tap.source(y, x, shape)];
            }
            return inner.convolutionWeight(
                    Draw.weight(kernel.name(), kernel.dtype(), kernel.shape(), moved), bias, shape);
        });
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put(
                "convolution: the kernel is flipped",
                taps((y, x, shape) ->
                        (shape.kernelHeight() - 1 - y) * shape.kernelWidth() + shape.kernelWidth() - 1 - x));
        mistakes.put("convolution: the kernel is transposed", taps((y, x, shape) -> x * shape.kernelHeight() + y));
        mistakes.put(
                "convolution: forgets the bias",
                loading((inner, kernel, bias, shape) -> inner.convolutionWeight(kernel, null, shape)));
        mistakes.put("convolution: computes in int8 what should be int16", () -> new Broken() {
            @Override
            public Weight.Convolution convolutionWeight(
                    WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
                Precision wrong = precision == Precision.INT16 ? Precision.INT8 : precision;
                return inner().convolutionWeight(kernel, bias, shape, wrong);
            }
        });
        mistakes.put("convolution: forgets the activation", () -> new Broken() {
            @Override
            public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
                return super.convolution(x, grid, weight, Activation.IDENTITY);
            }
        });
        mistakes.put("convolution: the second picture is the first", () -> new Broken() {
            @Override
            public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
                int rows = grid.height() * grid.width();
                int[] first = new int[x.rows()];
                java.util.Arrays.setAll(first, row -> row % rows);
                return super.convolution(
                        x.rows() == grid.rows() ? super.gatherRows(x, first) : x, grid, weight, activation);
            }
        });
        mistakes.put("convolution: ignores the row stride", () -> new Broken() {
            @Override
            public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
                return super.convolution(withoutStride(x), grid, weight, activation);
            }
        });
        mistakes.put("convolution: groups come out interleaved", () -> new Broken() {
            @Override
            public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
                ConvolutionShape shape = weight.shape();
                int channels = shape.outputChannels();
                int perGroup = channels / shape.groups();
                Tensor result = super.convolution(x, grid, weight, activation);
                return changed(result, values -> {
                    float[] moved = new float[values.length];
                    for (int i = 0; i < values.length; i++) {
                        int channel = i % channels;
                        int target = channel % perGroup * shape.groups() + channel / perGroup;
                        moved[i - channel + target] = values[i];
                    }
                    return moved;
                });
            }
        });
        mistakes.put("convolution: one pixel of the border counts as part of the picture", () -> new Broken() {
            @Override
            public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
                // A pixel left of a row is the last one of the row before, if only the top and bottom are checked.
                Tensor result = super.convolution(x, grid, weight, activation);
                boolean wraps = weight.shape().padding() > 0 && weight.shape().kernelWidth() > 1 && grid.width() > 1;
                return !wraps
                        ? result
                        : changed(result, values -> {
                            for (int i = 0;
                                    i < Math.min(values.length, weight.shape().outputChannels());
                                    i++) {
                                values[i] *= 1.001f;
                            }
                            return values;
                        });
            }
        });
        mistakes.put("convolution: activates before the shortcut is added", () -> new Broken() {
            @Override
            public Tensor convolution(
                    Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
                return super.add(super.convolution(x, grid, weight, activation), shortcut);
            }
        });
        mistakes.put("convolution: forgets the shortcut", () -> new Broken() {
            @Override
            public Tensor convolution(
                    Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
                return super.convolution(x, grid, weight, activation);
            }
        });
        mistakes.put("maxPool: the border counts as zeros", () -> new Broken() {
            @Override
            public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
                Tensor result = super.maxPool(x, grid, size, stride, padding);
                return padding == 0 ? result : super.activate(result, Activation.RELU);
            }
        });
        mistakes.put("averagePool: divides by the stride", () -> new Broken() {
            @Override
            public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
                return changed(super.averagePool(x, grid, size, stride), values -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] *= (float) size / stride;
                    }
                    return values;
                });
            }
        });
        mistakes.put("averagePool: windows that hang over the edge count", () -> new Broken() {
            @Override
            public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
                Grid padded = new Grid(grid.images(), grid.height() + 1, grid.width());
                boolean more = size > 0
                        && stride > 0
                        && x.rows() == grid.rows()
                        && (grid.height() - size + 1) % stride == 0
                        && grid.height() >= size;
                if (!more) {
                    return super.averagePool(x, grid, size, stride);
                }
                float[] values = x.toArray();
                float[] larger = new float[padded.rows() * x.columns()];
                int picture = grid.height() * grid.width() * x.columns();
                int place = padded.height() * padded.width() * x.columns();
                for (int image = 0; image < grid.images(); image++) {
                    System.arraycopy(values, image * picture, larger, image * place, picture);
                }
                return super.averagePool(tensor(padded.rows(), x.columns(), larger), padded, size, stride);
            }
        });
    }
}
