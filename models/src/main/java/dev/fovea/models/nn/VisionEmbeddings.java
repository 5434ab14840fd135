package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pixels to tokens: each square patch becomes a token by one convolution whose stride is its size, a learned class token goes before
 * them, and learned positions are added (Dosovitskiy et al. 2021, equation 1). For a picture of another size than the model was
 * trained on, the positions of the patches are interpolated.
 */
public final class VisionEmbeddings {

    private final Backend backend;
    private final Weight.Convolution patchEmbedding;
    private final Tensor classToken;
    private final float[] positions;
    private final int trainedSide;
    private final int patchSize;
    private final int hiddenSize;
    private final Map<Grid, Tensor> positionsOfGrid = new ConcurrentHashMap<>();

    /**
     * Takes {@code patch_embedding.weight}, {@code class_embedding} and {@code position_embedding.weight}.
     *
     * @param imageSize height and width that the model was trained on
     */
    public VisionEmbeddings(Parameters embeddings, int channels, int imageSize, int patchSize, int hiddenSize) {
        this.backend = embeddings.backend();
        this.patchSize = patchSize;
        this.hiddenSize = hiddenSize;
        this.trainedSide = imageSize / patchSize;
        patchEmbedding = embeddings.convolution(
                "patch_embedding", new ConvolutionShape(channels, hiddenSize, patchSize, patchSize, patchSize, 0, 1));
        classToken = embeddings.constant("class_embedding", hiddenSize);
        positions = embeddings
                .weights()
                .tensor("position_embedding.weight", Shape.of(1 + (long) trainedSide * trainedSide, hiddenSize))
                .toFloats();
    }

    /** Tokens of one picture: a class token and its patches; pixels that fill no patch are left out. */
    public int tokens(Grid pixels) {
        return 1 + (pixels.height() / patchSize) * (pixels.width() / patchSize);
    }

    /**
     * Embeds.
     *
     * @param pixels {@code [images * height * width, channels]}, normalised
     * @return {@code [images * tokens, hidden]}
     */
    public Tensor apply(Tensor pixels, Grid grid) {
        Tensor patches = backend.convolution(pixels, grid, patchEmbedding, Activation.IDENTITY);
        int perImage = tokens(grid) - 1;
        List<Tensor> rows = new ArrayList<>();
        for (int image = 0; image < grid.images(); image++) {
            rows.add(classToken);
            rows.add(patches.rows(image * perImage, (image + 1) * perImage));
        }
        return backend.add(backend.concatRows(rows), positions(grid)); // [images * (1 + patches), hidden]
    }

    private Tensor positions(Grid pixels) {
        return positionsOfGrid.computeIfAbsent(
                new Grid(1, pixels.height() / patchSize, pixels.width() / patchSize), this::interpolated);
    }

    private Tensor interpolated(Grid patches) {
        float[] table = positions;
        if (patches.height() != trainedSide || patches.width() != trainedSide) {
            float[] trained = Arrays.copyOfRange(positions, hiddenSize, positions.length);
            float[] resized =
                    PatchPositions.resize(trained, trainedSide, hiddenSize, patches.height(), patches.width());
            table = Arrays.copyOf(positions, hiddenSize + resized.length);
            System.arraycopy(resized, 0, table, hiddenSize, resized.length);
        }
        return backend.constant(
                WeightData.of("position_embedding.weight", Shape.of(1 + patches.rows(), hiddenSize), table));
    }
}
