package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns pixels into tokens: each patch becomes a token by one convolution whose stride is its size, a learned class
 * token goes before them unless the tower has none, and learned positions are added (Dosovitskiy et al. 2021, equation
 * 1) unless the tower has its positions elsewhere. Registers, in towers that have them, stand behind the class token
 * and have no positions (Darcet et al. 2024). For a picture of another size than the model was trained on, the
 * positions of the patches are interpolated.
 */
public final class VisionEmbeddings {

    private final Backend backend;
    private final PatchEmbedding patchEmbedding;
    /** The class token and the registers; null in a tower without. */
    private final Tensor tokensBefore;

    /** Null where positions are not added. */
    private final WeightData positions;

    private final Grid trained;
    private final int hiddenSize;
    private final VisionShape shape;
    private final Interpolation interpolation;
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
     * @param positions the table of positions, the class token's first; null where positions are not added
     * @param batched whether the checkpoint has class token and positions for a batch of one, {@code [1, 1, hidden]}
     *     and {@code [1, positions, hidden]}; else they are {@code [hidden]} and {@code [positions, hidden]}
     * @param registers the registers {@code [1, registers, hidden]}, null if the shape has none
     * @param interpolation of positions for other sizes of pictures
     * @param flattened whether the convolution is a linear layer of a patch's pixels in a row, channel after channel of
     *     each
     */
    public record Names(
            String patches,
            boolean biased,
            String classToken,
            String positions,
            boolean batched,
            String registers,
            Interpolation interpolation,
            boolean flattened) {

        /** Names the weights of a tower without registers. */
        public Names(String patches, boolean biased, String classToken, String positions, boolean batched) {
            this(patches, biased, classToken, positions, batched, null, Interpolation.CUBIC, false);
        }
    }

    /** Names the ways in which positions are interpolated for pictures of other sizes. */
    public enum Interpolation {
        /** Bicubic between the four nearest: most vision transformers. */
        CUBIC,
        /** Bicubic with antialiasing: DINOv2 with registers. */
        SMOOTH_CUBIC,
        /** Bilinear with antialiasing: NaFlex. */
        SMOOTH_LINEAR
    }

    /** Takes the weights. */
    public VisionEmbeddings(Parameters embeddings, Names names, VisionShape shape) {
        this.shape = shape;
        backend = embeddings.backend();
        hiddenSize = shape.transformer().hiddenSize();
        interpolation = names.interpolation;
        patchEmbedding = new PatchEmbedding(embeddings, names.patches, shape, names.biased, names.flattened);
        tokensBefore = shape.classTokens() == 0 ? null : tokensBefore(embeddings, names);
        if (names.positions == null) {
            trained = null;
            positions = null;
            trainedPositions = null;
            return;
        }
        long rows = shape.positions();
        long[] places = names.batched ? new long[] {1, rows, hiddenSize} : new long[] {rows, hiddenSize};
        positions = embeddings.weights().tensor(names.positions, Shape.of(places)); // before a grid that may be absurd
        trained = new Grid(1, shape.patchRows(), shape.patchColumns());
        trainedPositions = shape.registers() == 0
                ? backend.constant(positions)
                : backend.constant(embeddings.derived(
                        positions.name(),
                        Shape.of(rows + shape.registers(), hiddenSize),
                        () -> withRegisters(positions.toFloats())));
    }

    private Tensor tokensBefore(Parameters embeddings, Names names) {
        Shape token = names.batched ? Shape.of(1, 1, hiddenSize) : Shape.of(hiddenSize);
        WeightData classToken = embeddings.weights().tensor(names.classToken, token);
        if (shape.registers() == 0) {
            return backend.constant(classToken);
        }
        WeightData registers = embeddings.weights().tensor(names.registers, Shape.of(1, shape.registers(), hiddenSize));
        return backend.constant(embeddings.derived(
                classToken.name(), Shape.of(shape.tokensBefore(), hiddenSize), () -> {
                    float[] all = Arrays.copyOf(classToken.toFloats(), shape.tokensBefore() * hiddenSize);
                    registers.copyTo(0, all, hiddenSize, shape.registers() * hiddenSize);
                    return all;
                }));
    }

    /** Returns a table of positions with zeros for the registers behind the class token's. */
    private float[] withRegisters(float[] table) {
        int before = shape.classTokens() * hiddenSize;
        int room = shape.registers() * hiddenSize;
        float[] all = Arrays.copyOf(table, table.length + room);
        Arrays.fill(all, before, before + room, 0);
        System.arraycopy(table, before, all, before + room, table.length - before);
        return all;
    }

    /**
     * Returns the number of tokens of one picture: the class token and the registers, if there are any, and its
     * patches; pixels that fill no patch are left out.
     */
    public int tokens(Grid pixels) {
        Grid patches = patchEmbedding.patches(pixels);
        return shape.tokensBefore() + patches.height() * patches.width();
    }

    /** Returns the grid of the patches of pictures; pixels that fill none are left out. */
    public Grid patchGrid(Grid pixels) {
        return patchEmbedding.patches(pixels);
    }

    /** Returns every picture's rows of patches among its tokens, without class token and registers. */
    public Segments patches(Grid pixels) {
        int before = shape.tokensBefore();
        int tokens = tokens(pixels);
        int patches = tokens - before;
        int[] offsets = new int[pixels.images() + 1];
        int[] rows = new int[pixels.images() * patches];
        for (int image = 0; image < pixels.images(); image++) {
            offsets[image + 1] = (image + 1) * patches;
            for (int patch = 0; patch < patches; patch++) {
                rows[offsets[image] + patch] = image * tokens + before + patch;
            }
        }
        return Segments.mapped(offsets, rows);
    }

    /**
     * Embeds pictures as tokens.
     *
     * @param pixels {@code [images * height * width, channels]}, normalised
     * @return {@code [images * tokens, hidden]}
     */
    public Tensor apply(Tensor pixels, Grid grid) {
        Tensor patches = patchEmbedding.apply(pixels, grid);
        Tensor tokens = withTokensBefore(patches, grid.images()); // [images * tokens, hidden]
        return positions == null ? tokens : backend.add(tokens, positions(grid));
    }

    private Tensor withTokensBefore(Tensor patches, int images) {
        if (tokensBefore == null) {
            return patches;
        }
        int perImage = patches.rows() / images;
        List<Tensor> rows = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            rows.add(tokensBefore);
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
        return backend.tensor(shape.tokensBefore() + patches.rows(), hiddenSize, stretched.table);
    }

    private Stretched stretched(Grid patches) {
        float[] all = positions.toFloats();
        int before = shape.classTokens() * hiddenSize;
        float[] table = Arrays.copyOfRange(all, before, all.length);
        int rows = trained.height();
        int columns = trained.width();
        float[] resized = switch (interpolation) {
            case CUBIC -> PatchPositions.resize(table, rows, columns, hiddenSize, patches.height(), patches.width());
            case SMOOTH_CUBIC ->
                SmoothPositions.resize(table, rows, columns, hiddenSize, patches.height(), patches.width(), true);
            case SMOOTH_LINEAR ->
                SmoothPositions.resize(table, rows, columns, hiddenSize, patches.height(), patches.width(), false);
        };
        float[] stretched = Arrays.copyOf(all, before + resized.length);
        System.arraycopy(resized, 0, stretched, before, resized.length);
        return new Stretched(patches, withRegisters(stretched));
    }
}
