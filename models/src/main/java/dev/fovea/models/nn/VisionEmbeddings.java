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

    private VisionEmbeddings(
            Parameters embeddings,
            VisionShape shape,
            Weight.Convolution patchEmbedding,
            Tensor classToken,
            WeightData table) {
        backend = embeddings.backend();
        patchSize = shape.patchSize();
        hiddenSize = shape.transformer().hiddenSize();
        trainedSide = shape.imageSize() / patchSize;
        this.patchEmbedding = patchEmbedding;
        this.classToken = classToken;
        positions = table.toFloats();
        trainedPositions = backend.constant(table);
    }

    /** CLIP's: {@code patch_embedding.weight}, {@code class_embedding}, {@code position_embedding.weight}. */
    public static VisionEmbeddings clip(Parameters embeddings, VisionShape shape) {
        int hidden = shape.transformer().hiddenSize();
        return new VisionEmbeddings(
                embeddings,
                shape,
                embeddings.convolutionWithoutBias("patch_embedding", patches(shape)),
                embeddings.constant("class_embedding", hidden),
                embeddings.weights().tensor("position_embedding.weight", Shape.of(shape.positions(), hidden)));
    }

    /** BLIP's: {@code patch_embedding} with a bias, {@code class_embedding} and {@code position_embedding} as plain parameters. */
    public static VisionEmbeddings blip(Parameters embeddings, VisionShape shape) {
        int hidden = shape.transformer().hiddenSize();
        return new VisionEmbeddings(
                embeddings,
                shape,
                embeddings.convolution("patch_embedding", patches(shape)),
                embeddings.constant("class_embedding", 1, 1, hidden),
                embeddings.weights().tensor("position_embedding", Shape.of(1, shape.positions(), hidden)));
    }

    /** ViT's: {@code patch_embeddings.projection} with a bias, {@code cls_token} and {@code position_embeddings} as plain parameters. */
    public static VisionEmbeddings vit(Parameters embeddings, VisionShape shape) {
        int hidden = shape.transformer().hiddenSize();
        return new VisionEmbeddings(
                embeddings,
                shape,
                embeddings.convolution("patch_embeddings.projection", patches(shape)),
                embeddings.constant("cls_token", 1, 1, hidden),
                embeddings.weights().tensor("position_embeddings", Shape.of(1, shape.positions(), hidden)));
    }

    private static ConvolutionShape patches(VisionShape shape) {
        int size = shape.patchSize();
        return new ConvolutionShape(shape.channels(), shape.transformer().hiddenSize(), size, size, size, 0, 1);
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
