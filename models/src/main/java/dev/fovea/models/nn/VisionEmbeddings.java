package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns pixels into tokens: each patch becomes a token by one convolution whose stride is its size, a learned class
 * token goes before them unless the tower has none, and learned positions are added (Dosovitskiy et al. 2021, equation
 * 1). For a picture of another size than the model was trained on, the positions of the patches are interpolated.
 */
public final class VisionEmbeddings {

    private final Backend backend;
    private final PatchEmbedding patchEmbedding;
    /** Null in a tower without. */
    private final Tensor classToken;

    private final WeightData positions;
    private final Grid trained;
    private final int hiddenSize;
    private final int classTokens;
    private final Tensor trainedPositions;
    private volatile Stretched lastStretched = new Stretched(null, null);

    /** Position embeddings for the patches of a picture of another size, the class token's first. */
    private record Stretched(Grid patches, float[] table) {}

    /**
     * Names the weights as a checkpoint does.
     *
     * @param patches the convolution
     * @param biased whether it has a bias
     * @param classToken the class token, null if the shape has none
     * @param positions the table of positions, the class token's first
     * @param batched whether the checkpoint has class token and positions for a batch of one, {@code [1, 1, hidden]}
     *     and {@code [1, positions, hidden]}; else they are {@code [hidden]} and {@code [positions, hidden]}
     */
    public record Names(String patches, boolean biased, String classToken, String positions, boolean batched) {}

    /** Takes the weights. */
    public VisionEmbeddings(Parameters embeddings, Names names, VisionShape shape) {
        backend = embeddings.backend();
        hiddenSize = shape.transformer().hiddenSize();
        classTokens = shape.classTokens();
        patchEmbedding = new PatchEmbedding(embeddings, names.patches, shape, names.biased);
        long[] token = names.batched ? new long[] {1, 1, hiddenSize} : new long[] {hiddenSize};
        long rows = shape.positions();
        long[] places = names.batched ? new long[] {1, rows, hiddenSize} : new long[] {rows, hiddenSize};
        classToken = classTokens == 0 ? null : embeddings.constant(names.classToken, token);
        WeightData table = embeddings.weights().tensor(names.positions, Shape.of(places));
        trained = new Grid(1, shape.patchRows(), shape.patchColumns());
        positions = table;
        trainedPositions = backend.constant(table);
    }

    /**
     * Returns the number of tokens of one picture: the class token, if there is one, and its patches; pixels that fill
     * no patch are left out.
     */
    public int tokens(Grid pixels) {
        Grid patches = patchEmbedding.patches(pixels);
        return classTokens + patches.height() * patches.width();
    }

    /**
     * Embeds pictures as tokens.
     *
     * @param pixels {@code [images * height * width, channels]}, normalised
     * @return {@code [images * tokens, hidden]}
     */
    public Tensor apply(Tensor pixels, Grid grid) {
        Tensor patches = patchEmbedding.apply(pixels, grid);
        return backend.add(withClassTokens(patches, grid.images()), positions(grid)); // [images * tokens, hidden]
    }

    private Tensor withClassTokens(Tensor patches, int images) {
        if (classToken == null) {
            return patches;
        }
        int perImage = patches.rows() / images;
        List<Tensor> rows = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            rows.add(classToken);
            rows.add(patches.rows(image * perImage, (image + 1) * perImage));
        }
        return backend.concatRows(rows);
    }

    private Tensor positions(Grid pixels) {
        Grid patches = patchEmbedding.patches(new Grid(1, pixels.height(), pixels.width()));
        if (patches.equals(trained)) {
            return trainedPositions;
        }
        // Only the last ones are kept, since pictures may have any size.
        Stretched stretched = lastStretched;
        if (!patches.equals(stretched.patches)) {
            stretched = stretched(patches);
            lastStretched = stretched;
        }
        return backend.tensor(classTokens + patches.rows(), hiddenSize, stretched.table);
    }

    private Stretched stretched(Grid patches) {
        float[] all = positions.toFloats();
        int before = classTokens * hiddenSize;
        float[] table = Arrays.copyOfRange(all, before, all.length);
        float[] resized = PatchPositions.resize(
                table, trained.height(), trained.width(), hiddenSize, patches.height(), patches.width());
        float[] stretched = Arrays.copyOf(all, before + resized.length);
        System.arraycopy(resized, 0, stretched, before, resized.length);
        return new Stretched(patches, stretched);
    }
}
