package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.numerics.FloatMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A convolution on a tape. Gradients go the way of its definition: the pixels below every window are laid side by side,
 * which makes the convolution a product with its kernel,
 *
 * <pre>
 * dW = dyᵀ patches       dpatches = dy W, added to the pixels that the patches were copied from
 * </pre>
 *
 * group by group. A depthwise convolution has one channel in a group and is computed tap by tap, all channels at once.
 */
final class TapeConvolution implements Weight.Convolution {

    private final Backend backend;
    private final WeightData kernel;
    private final WeightData bias;
    private final ConvolutionShape shape;
    private final Precision precision;
    private final Parameter trainedKernel;
    private final Parameter trainedBias;
    private Weight.Convolution current;
    private List<Weight.Linear> transposed;

    TapeConvolution(
            Backend backend,
            WeightData kernel,
            WeightData bias,
            ConvolutionShape shape,
            Precision precision,
            Trainables trainables) {
        this.backend = backend;
        this.kernel = kernel;
        this.bias = bias;
        this.shape = shape;
        this.precision = precision;
        trainedKernel = trainables.parameter(kernel);
        trainedBias = bias == null ? null : trainables.parameter(bias);
        current = backend.convolutionWeight(kernel, bias, shape, precision);
        refresh();
    }

    boolean isTrained() {
        return trainedKernel != null || trainedBias != null;
    }

    Weight.Convolution current() {
        return current;
    }

    void refresh() {
        if (isTrained()) {
            transposed = null;
            current = backend.convolutionWeight(
                    trainedKernel == null ? kernel : trainedKernel.data(),
                    trainedBias == null ? bias : trainedBias.data(),
                    shape,
                    precision);
        }
    }

    private float[] values() {
        return trainedKernel == null
                ? kernel.toFloats()
                : trainedKernel.values().toArray();
    }

    private int taps() {
        return shape.kernelHeight() * shape.kernelWidth();
    }

    private PixelWindows windows(Grid grid) {
        return PixelWindows.of(grid, shape.kernelHeight(), shape.kernelWidth(), shape.stride(), shape.padding());
    }

    /** Computes the gradient with respect to the pixels, {@code [grid.rows(), input channels]}. */
    Tensor back(Tensor dy, Grid grid, Sums sums) {
        int[] sources = windows(grid).sources();
        if (shape.isDepthwise()) {
            return backDepthwise(dy, grid, sources, sums);
        }
        int channels = shape.channelsPerGroup();
        int outputs = shape.outputChannels() / shape.groups();
        if (transposed == null) {
            transposed = transposedKernels();
        }
        Tensor dx = backend.preallocate(grid.rows(), shape.inputChannels());
        int[] rows = IntStream.range(0, grid.rows()).toArray();
        for (int group = 0; group < shape.groups(); group++) {
            Tensor part = dy.columns(group * outputs, (group + 1) * outputs);
            Tensor patches =
                    backend.linear(part, transposed.get(group), Fusion.NONE).reshape(sources.length, channels);
            Tensor pixels = sums.scattered(patches, sources, grid.rows());
            if (shape.groups() == 1) {
                return pixels;
            }
            backend.writeRows(dx.columns(group * channels, (group + 1) * channels), rows, pixels);
        }
        return dx;
    }

    /** Packs each group's kernel as {@code [taps * channels, outputs]}. */
    private List<Weight.Linear> transposedKernels() {
        float[] values = values();
        int channels = shape.channelsPerGroup();
        int outputs = shape.outputChannels() / shape.groups();
        List<Weight.Linear> packed = new ArrayList<>();
        for (int group = 0; group < shape.groups(); group++) {
            float[] turned = new float[taps() * channels * outputs];
            for (int i = 0; i < turned.length; i++) {
                int tap = i / outputs / channels;
                int channel = i / outputs % channels;
                int output = group * outputs + i % outputs;
                turned[i] = values[(output * channels + channel) * taps() + tap];
            }
            packed.add(backend.linearWeight(
                    List.of(WeightData.of(name(), Shape.of((long) taps() * channels, outputs), turned)),
                    List.of(),
                    DType.F32));
        }
        return packed;
    }

    private Tensor backDepthwise(Tensor dy, Grid grid, int[] sources, Sums sums) {
        float[] values = values();
        List<Tensor> patches = new ArrayList<>();
        int[] order = new int[sources.length];
        int windows = sources.length / taps();
        for (int tap = 0; tap < taps(); tap++) {
            float[] factors = new float[shape.outputChannels()];
            for (int channel = 0; channel < factors.length; channel++) {
                factors[channel] = values[channel * taps() + tap];
            }
            patches.add(backend.multiply(dy, backend.tensor(1, factors.length, factors)));
            for (int window = 0; window < windows; window++) {
                order[tap * windows + window] = sources[window * taps() + tap];
            }
        }
        return sums.scattered(backend.concatRows(patches), order, grid.rows());
    }

    /** Adds to the gradients of kernel and bias. */
    void addGradients(Tensor dy, Tensor x, Grid grid, Sums sums) {
        if (trainedBias != null) {
            trainedBias.gradient().add(0, 1, sums.columns(dy).toArray());
        }
        if (trainedKernel == null) {
            return;
        }
        int[] sources = windows(grid).sourcesOrZeros(x.rows());
        Tensor padded = backend.concatRows(List.of(x, backend.preallocate(1, x.columns())));
        int channels = shape.channelsPerGroup();
        int outputs = shape.outputChannels() / shape.groups();
        FloatMemory gradient = trainedKernel.gradient();
        for (int group = 0; group < (shape.isDepthwise() ? 0 : shape.groups()); group++) {
            Tensor pixels = padded.columns(group * channels, (group + 1) * channels);
            Tensor patches = backend.gatherRows(pixels, sources).reshape(dy.rows(), taps() * channels);
            Tensor part = dy.columns(group * outputs, (group + 1) * outputs);
            float[] sum = backend.matmul(backend.transpose(part), patches).toArray();
            for (int i = 0; i < sum.length; i++) {
                int output = group * outputs + i / (taps() * channels);
                int tap = i / channels % taps();
                gradient.add((output * channels + i % channels) * taps() + tap, sum[i]);
            }
        }
        for (int tap = 0; tap < (shape.isDepthwise() ? taps() : 0); tap++) {
            int[] seen = new int[dy.rows()];
            for (int window = 0; window < seen.length; window++) {
                seen[window] = sources[window * taps() + tap];
            }
            float[] sum = sums.columns(backend.multiply(dy, backend.gatherRows(padded, seen)))
                    .toArray();
            for (int channel = 0; channel < sum.length; channel++) {
                gradient.add(channel * taps() + tap, sum[channel]);
            }
        }
    }

    @Override
    public ConvolutionShape shape() {
        return shape;
    }

    @Override
    public String name() {
        return kernel.name();
    }

    @Override
    public DType dtype() {
        return current.dtype();
    }

    @Override
    public Owner owner() {
        return current.owner();
    }

    @Override
    public long bytes() {
        return current.bytes();
    }
}
