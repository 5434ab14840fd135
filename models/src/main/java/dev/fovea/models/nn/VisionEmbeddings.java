package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    private final Tensor trainedPositions;
    private volatile Stretched lastStretched = new Stretched(null, null);

    /** Positions for the patches of a picture of another size, the class token's first. */
    private record Stretched(Grid patches, float[] table) {}

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
        trainedPositions =
                embeddings.constant("position_embedding.weight", 1 + (long) trainedSide * trainedSide, hiddenSize);
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
        Grid patches = new Grid(1, pixels.height() / patchSize, pixels.width() / patchSize);
        if (patches.height() == trainedSide && patches.width() == trainedSide) {
            return trainedPositions;
        }
        // Only the last ones are kept: pictures of every size may come along.
        Stretched stretched = lastStretched;
        if (!patches.equals(stretched.patches)) {
            stretched = stretched(patches);
            lastStretched = stretched;
        }
        return backend.tensor(1 + patches.rows(), hiddenSize, stretched.table);
    }

    private Stretched stretched(Grid patches) {
        float[] trained = Arrays.copyOfRange(positions, hiddenSize, positions.length);
        float[] resized = PatchPositions.resize(trained, trainedSide, hiddenSize, patches.height(), patches.width());
        float[] table = Arrays.copyOf(positions, hiddenSize + resized.length);
        System.arraycopy(resized, 0, table, hiddenSize, resized.length);
        return new Stretched(patches, table);
    }
}
