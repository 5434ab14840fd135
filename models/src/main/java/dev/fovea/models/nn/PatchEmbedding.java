package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;

/**
 * Turns patches into vectors by a convolution whose stride is as large as its kernel. Convolutions of backends have one
 * stride for both axes. Where patches are not square, their pixels are therefore laid side by side first, and the
 * convolution is one over single pixels.
 */
final class PatchEmbedding {

    private final Backend backend;
    private final VisionShape shape;
    private final Weight.Convolution weight;

    /**
     * Takes {@code NAME.weight [hidden, channels, patch height, patch width]}.
     *
     * @param biased whether there is a {@code NAME.bias}
     * @param flattened whether the weight is {@code [hidden, patch height * patch width * channels]}, which multiplies
     *     a patch's pixels in a row
     */
    PatchEmbedding(Parameters embeddings, String name, VisionShape shape, boolean biased, boolean flattened) {
        backend = embeddings.backend();
        this.shape = shape;
        int hidden = shape.transformer().hiddenSize();
        int channels = shape.channels();
        int size = shape.patchHeight();
        WeightData bias = biased ? embeddings.weights().tensor(name + ".bias", Shape.of(hidden)) : null;
        Shape kernelShape = Shape.of(hidden, channels, shape.patchHeight(), shape.patchWidth());
        WeightData kernel = flattened
                ? unflattened(embeddings, name + ".weight", kernelShape)
                : embeddings.weights().tensor(name + ".weight", kernelShape);
        Precision precision = embeddings.finerPrecision();
        if (isSquare()) {
            weight = backend.convolutionWeight(
                    kernel, bias, new ConvolutionShape(channels, hidden, size, size, size, 0, 1), precision);
        } else {
            int numbers = channels * shape.patchHeight() * shape.patchWidth();
            weight = backend.convolutionWeight(
                    embeddings.derived(
                            kernel.name(),
                            Shape.of(hidden, numbers, 1, 1),
                            () -> channelsLast(kernel.toFloats(), channels)),
                    bias,
                    new ConvolutionShape(numbers, hidden, 1, 1, 1, 0, 1),
                    precision);
        }
    }

    private boolean isSquare() {
        return shape.patchHeight() == shape.patchWidth();
    }

    /** Returns the kernel {@code [hidden, channels, pixels]} of a matrix {@code [hidden, pixels * channels]}. */
    private static WeightData unflattened(Parameters embeddings, String name, Shape kernel) {
        int channels = (int) kernel.extent(1);
        int pixels = (int) (kernel.extent(2) * kernel.extent(3));
        WeightData matrix = embeddings.weights().tensor(name, Shape.of(kernel.extent(0), (long) pixels * channels));
        return embeddings.derived(name, kernel, () -> {
            float[] in = matrix.toFloats();
            float[] out = new float[in.length];
            for (int i = 0; i < in.length; i++) {
                int channel = i % channels;
                int pixel = i / channels % pixels;
                out[(i / (channels * pixels) * channels + channel) * pixels + pixel] = in[i];
            }
            return out;
        });
    }

    /** Transposes {@code [hidden, channels, pixels]} to {@code [hidden, pixels, channels]}. */
    private float[] channelsLast(float[] kernel, int channels) {
        int pixels = shape.patchHeight() * shape.patchWidth();
        float[] out = new float[kernel.length];
        for (int i = 0; i < kernel.length; i++) {
            int pixel = i % pixels;
            int channel = i / pixels % channels;
            out[(i / pixels - channel) * pixels + pixel * channels + channel] = kernel[i];
        }
        return out;
    }

    /** Returns the grid of patches of pictures; pixels that fill none are left out. */
    Grid patches(Grid pixels) {
        return new Grid(pixels.images(), pixels.height() / shape.patchHeight(), pixels.width() / shape.patchWidth());
    }

    /**
     * Embeds the patches of pictures.
     *
     * @param pixels {@code [images * height * width, channels]}
     * @return {@code [images * patches, hidden]}
     */
    Tensor apply(Tensor pixels, Grid grid) {
        return isSquare()
                ? backend.convolution(pixels, grid, weight, Activation.IDENTITY)
                : backend.convolution(sideBySide(pixels, grid), patches(grid), weight, Activation.IDENTITY);
    }

    /**
     * Lays each patch's pixels side by side in one row: {@code [images * patches, patch height * patch width *
     * channels]}.
     */
    private Tensor sideBySide(Tensor pixels, Grid grid) {
        Grid patches = patches(grid);
        int height = shape.patchHeight();
        int numbers = shape.patchWidth() * shape.channels(); // of one line of a patch
        int[] lines = new int[patches.images() * patches.height() * height];
        int[] order = new int[lines.length * patches.width()];
        int next = 0;
        for (int line = 0; line < lines.length; line++) {
            int linesOfImage = patches.height() * height;
            lines[line] = line / linesOfImage * grid.height() + line % linesOfImage;
        }
        for (int row = 0; row < patches.images() * patches.height(); row++) {
            for (int patch = 0; patch < patches.width(); patch++) {
                for (int line = 0; line < height; line++) {
                    order[next++] = (row * height + line) * patches.width() + patch;
                }
            }
        }
        Tensor whole = pixels.reshape(grid.images() * grid.height(), grid.width() * shape.channels())
                .columns(0, patches.width() * numbers);
        Tensor parts = backend.gatherRows(whole, lines).reshape(order.length, numbers);
        return backend.gatherRows(parts, order).reshape(patches.rows(), height * numbers);
    }
}
