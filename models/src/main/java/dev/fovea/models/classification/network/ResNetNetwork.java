package dev.fovea.models.classification.network;

import dev.fovea.models.nn.ConvolutionPath;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.ResNetShape.Stage;
import dev.fovea.models.nn.ResidualBlock;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A residual network whose last map is averaged and classified (He et al. 2016; {@code ResNetForImageClassification} of
 * transformers). Every batch norm is folded into its convolution.
 */
final class ResNetNetwork implements Network {

    /**
     * Activation inside of blocks, whatever the configuration says: transformers follows it for the stem and the ends
     * of blocks only.
     */
    private static final Activation INNER = Activation.RELU;

    private final Backend backend;
    private final ConvolutionPath stem;
    private final List<ResidualBlock> blocks = new ArrayList<>();
    private final Linear classifier;

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     */
    ResNetNetwork(Parameters model, ResNetShape shape, int classes) {
        backend = model.backend();
        Parameters resNet = model.at("resnet");
        stem = new ConvolutionPath(resNet.at("embedder.embedder"), 3)
                .convolution("convolution", "normalization", shape.embeddingSize(), 7, 2, shape.activation())
                .maxPool(3, 2, 1);
        int channels = shape.embeddingSize();
        for (int stage = 0; stage < shape.stages().size(); stage++) {
            Stage sizes = shape.stages().get(stage);
            for (int number = 0; number < model.weights().listLength(sizes.depth()); number++) {
                int stride = number == 0 ? sizes.stride() : 1;
                String name = "encoder.stages." + stage + ".layers." + number;
                blocks.add(block(resNet, name, channels, sizes.channels(), stride, shape));
                channels = sizes.channels();
            }
        }
        classifier = model.linear("classifier.1", shape.features(), classes);
    }

    private ResidualBlock block(
            Parameters resNet, String name, int channels, int outputs, int stride, ResNetShape shape) {
        Parameters block = resNet.at(name);
        ConvolutionPath path = new ConvolutionPath(block.at("layer"), channels);
        if (shape.bottleneck()) {
            int inner = outputs / ResNetShape.REDUCTION;
            int first = shape.strideFirst() ? stride : 1;
            path.convolution("0.convolution", "0.normalization", inner, 1, first, INNER)
                    .convolution("1.convolution", "1.normalization", inner, 3, stride / first, INNER)
                    .convolution("2.convolution", "2.normalization", outputs, 1, 1, shape.activation());
        } else {
            path.convolution("0.convolution", "0.normalization", outputs, 3, stride, INNER)
                    .convolution("1.convolution", "1.normalization", outputs, 3, 1, shape.activation());
        }
        ConvolutionPath shortcut = stride == 1 && channels == outputs
                ? null
                : new ConvolutionPath(block.at("shortcut"), channels)
                        .convolution("convolution", "normalization", outputs, 1, stride, Activation.IDENTITY);
        return new ResidualBlock(backend, name, path, shortcut);
    }

    /** Accepts pictures of any size: each has a map of at least one pixel at the end. */
    @Override
    public void requireSize(int height, int width) {}

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        Tensor pooled = backend.scoped("resnet", () -> {
            FeatureMap map = new FeatureMap(
                    backend.scoped(
                            "embedder",
                            () -> stem.apply(new FeatureMap(pixels, grid)).pixels()),
                    stem.output(grid)); //                                [images * (size / 4)^2, embedding size]
            for (ResidualBlock block : blocks) {
                map = block.apply(map);
            } //                                                          [images * (size / 32)^2, channels of the last
            // stage]
            int area = map.grid().height() * map.grid().width();
            return backend.meanRows(map.pixels(), Segments.uniform(grid.images(), area)); // [images, the same]
        });
        return classifier.apply(pooled); //                               [images, classes]
    }
}
