package dev.fovea.models.fastvit.network;

import dev.fovea.models.fastvit.network.FastVitShape.Stage;
import dev.fovea.models.image.PictureException;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The image encoder of MobileCLIP and MobileCLIP 2 (Vasu et al. 2023b, section 3.3; {@code fastvit_mci*} of {@code
 * timm/models/fastvit.py}). What was trained as several branches is one convolution here, and every batch norm is
 * folded into what stands beside it.
 */
public final class FastVitTower implements ImageEncoder {

    /** Number of pixels that are computed at a time: eight pictures of 256 x 256. */
    private static final int PIXELS_AT_ONCE = 8 * 256 * 256;

    private static final int KERNEL = 3;

    private final Backend backend;
    private final FastVitShape shape;
    private final List<ActivatedConvolution> stem;
    private final List<FastVitStage> stages = new ArrayList<>();
    private final ActivatedConvolution last;
    private final Linear head;
    private final int dimension;

    /**
     * Takes the weights of the tower.
     *
     * @param tower {@code vision_model}
     * @param dimension numbers in an embedding
     */
    public FastVitTower(Parameters tower, FastVitShape shape, int dimension) {
        backend = tower.backend();
        this.shape = shape;
        this.dimension = dimension;
        int width = shape.stages().getFirst().channels();
        stem = List.of(
                ActivatedConvolution.mobileOne(tower.at("stem.0"), convolution(3, width, 2, 1)),
                ActivatedConvolution.mobileOne(tower.at("stem.1"), convolution(width, width, 2, width)),
                ActivatedConvolution.pointwise(tower.at("stem.2"), width));
        int channels = 0;
        for (Stage stage : shape.stages()) {
            stages.add(new FastVitStage(tower, "stages." + stages.size(), channels, stage, shape.layerNorm()));
            channels = stage.channels();
        }
        Parameters end = tower.at("final_conv");
        last = new ActivatedConvolution(
                backend,
                Reparametrized.mobileOne(end, convolution(channels, shape.features(), 1, channels)),
                SqueezeExcitation.ofSixteenth(end.at("se"), shape.features()));
        head = tower.finer().linear("head.fc", shape.features(), dimension);
    }

    private static ConvolutionShape convolution(int inputs, int outputs, int stride, int groups) {
        return new ConvolutionShape(inputs, outputs, KERNEL, KERNEL, stride, KERNEL / 2, groups);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int atOnce(int height, int width) {
        return Math.max(1, PIXELS_AT_ONCE / (height * width));
    }

    @Override
    public void requireSize(int height, int width) {
        int least = shape.shrinking();
        if (height < least || width < least) {
            throw new PictureException("pictures of " + width + " x " + height + " pixels are smaller than a pixel of"
                    + " the last map, which is " + least + " x " + least + "; expected " + shape.imageSize() + " x "
                    + shape.imageSize());
        }
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            FeatureMap map = stem(new FeatureMap(pixels, grid)); //       [images * (size / 4)^2, channels]
            for (FastVitStage stage : stages) {
                FeatureMap input = map;
                map = stage.apply(input); //                              each but the first halves the map
                if (map.pixels() != input.pixels()) { // a stage may do nothing
                    backend.release(input.pixels());
                }
            }
            FeatureMap input = map;
            FeatureMap features = new FeatureMap(
                    backend.scoped("final_conv", () -> last.apply(input).pixels()), last.output(input.grid()));
            Segments images = Segments.uniform(
                    grid.images(), features.grid().height() * features.grid().width());
            return head.apply(backend.meanRows(features.pixels(), images)); // [images, dimension]
        });
    }

    private FeatureMap stem(FeatureMap pixels) {
        Grid grid = pixels.grid();
        for (ActivatedConvolution step : stem) {
            grid = step.output(grid);
        }
        return new FeatureMap(
                backend.scoped("stem", () -> {
                    FeatureMap map = pixels;
                    for (ActivatedConvolution step : stem) {
                        map = step.apply(map);
                    }
                    return map.pixels();
                }),
                grid);
    }
}
