package dev.fovea.models.timm.network;

import dev.fovea.models.nn.BatchNorm;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns pixels into tokens by three convolutions, of which the first two have a batch norm and GELU ({@code ConvStem}
 * of {@code timm/models/vision_transformer_hybrid.py}). Positions are added to the patches, the class token has none.
 */
final class StemEmbeddings {

    /** Height and width of a patch: what the three strides make together. */
    static final int PATCH = 16;

    /** Number of convolutions with a batch norm. */
    static final int NORMALIZED = 2;

    /** Height, width and stride of each convolution. */
    private static final int[] KERNELS = {4, 2, 2};

    private final Backend backend;
    private final List<Weight.Convolution> stem = new ArrayList<>();
    private final Tensor classToken;
    private final Tensor positions;
    private final VisionShape sizes;

    /** Takes the weights below {@code patch_embed.backbone}, {@code cls_token} and {@code pos_embed}. */
    StemEmbeddings(Parameters tower, TimmVitShape shape) {
        backend = tower.backend();
        sizes = shape.sizes();
        int hidden = sizes.transformer().hiddenSize();
        int channels = sizes.channels();
        for (int step = 0; step < KERNELS.length; step++) {
            boolean isNormalized = step < NORMALIZED;
            int outputs = isNormalized ? shape.stem().get(step) : hidden;
            int kernel = KERNELS[step];
            ConvolutionShape convolution = new ConvolutionShape(channels, outputs, kernel, kernel, kernel, 0, 1);
            Parameters backbone = tower.at("patch_embed.backbone", step);
            stem.add(
                    isNormalized
                            ? BatchNorm.fold(backbone, "conv", "bn", convolution)
                            : backbone.convolution("conv", convolution));
            channels = outputs;
        }
        classToken = tower.constant("cls_token", 1, 1, hidden);
        positions = tower.constant("pos_embed", 1, (long) sizes.patchRows() * sizes.patchColumns(), hidden);
    }

    /**
     * Embeds pictures as tokens.
     *
     * @return {@code [images * (1 + patches), hidden]}
     * @throws dev.fovea.tensor.FoveaException if pictures have another size than the model was trained on
     */
    Tensor apply(Tensor pixels, Grid grid) {
        if (grid.height() != sizes.imageHeight() || grid.width() != sizes.imageWidth()) {
            throw new ModelException("pictures of " + grid.width() + " x " + grid.height()
                    + " pixels; this model reads " + sizes.imageWidth() + " x " + sizes.imageHeight());
        }
        Tensor x = pixels;
        Grid map = grid;
        for (int step = 0; step < stem.size(); step++) {
            Weight.Convolution convolution = stem.get(step);
            x = backend.convolution(x, map, convolution, step < NORMALIZED ? Activation.GELU : Activation.IDENTITY);
            map = convolution.shape().output(map);
        }
        Tensor placed = backend.add(x, positions); // [images * patches, hidden]
        int patches = placed.rows() / grid.images();
        List<Tensor> rows = new ArrayList<>();
        for (int image = 0; image < grid.images(); image++) {
            rows.add(classToken);
            rows.add(placed.rows(image * patches, (image + 1) * patches));
        }
        return backend.concatRows(rows);
    }
}
