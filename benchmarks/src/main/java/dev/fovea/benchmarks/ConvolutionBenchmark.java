package dev.fovea.benchmarks;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Times patch embeddings of ViTs, convolutions of ResNet towers, and depthwise ones of DaViT. */
@State(Scope.Benchmark)
public class ConvolutionBenchmark {

    /**
     * Pictures x side x channels in x channels out x kernel x stride x groups; padding is half of kernels that overlap.
     */
    @Param({
        "1x224x3x768x32x32x1",
        "16x224x3x768x32x32x1",
        "1x224x3x1024x14x14x1",
        "1x56x64x64x3x1x1",
        "1x14x1024x256x1x1x1",
        "1x192x128x128x3x1x128",
        "1x48x512x512x3x1x512"
    })
    public String shape;

    private Tensor pixels;
    private Grid grid;
    private Weight.Convolution weight;
    private double flops;
    private double bytes;

    @Setup(Level.Trial)
    public void prepare(BackendState state) {
        int[] sizes = Inputs.sizes(shape);
        int kernel = sizes[4];
        int stride = sizes[5];
        grid = new Grid(sizes[0], sizes[1], sizes[1]);
        int padding = stride < kernel ? kernel / 2 : 0;
        ConvolutionShape convolution =
                new ConvolutionShape(sizes[2], sizes[3], kernel, kernel, stride, padding, sizes[6]);
        pixels = state.inputs.tensor(state.backend, grid.rows(), sizes[2]);
        weight = state.backend.convolutionWeight(
                state.inputs.weight(sizes[3], convolution.channelsPerGroup(), kernel, kernel), null, convolution);
        double outputs = (double) convolution.output(grid).rows() * sizes[3];
        flops = 2 * outputs * convolution.channelsPerGroup() * kernel * kernel;
        bytes = (pixels.elements() + outputs) * Float.BYTES + weight.bytes();
    }

    @Benchmark
    public void convolution(BackendState state, Counts counts) {
        state.run(() -> state.backend.convolution(pixels, grid, weight, Activation.IDENTITY));
        counts.flops(flops);
        counts.bytes(bytes);
    }
}
