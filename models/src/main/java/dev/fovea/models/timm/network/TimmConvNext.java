package dev.fovea.models.timm.network;

import dev.fovea.models.convnext.network.ConvNextNames;
import dev.fovea.models.convnext.network.ConvNextTower;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * A ConvNeXt of timm with what follows it: layers that project into the space of a CLIP or classify, of which the first
 * may have GELU, or none.
 */
public final class TimmConvNext implements ImageEncoder {

    private final ConvNextTower tower;
    private final Linear inner;
    private final Linear last;
    private final int dimension;

    private TimmConvNext(ConvNextTower tower, Linear inner, Linear last, int dimension) {
        this.tower = tower;
        this.inner = inner;
        this.last = last;
        this.dimension = dimension;
    }

    /**
     * Takes the weights of a classifier, or of its features: what its last layer reads ({@code
     * forward_head(pre_logits=True)} of timm).
     *
     * @param model the checkpoint's top level
     * @param classes number of outputs; 0 for the features
     */
    public static TimmConvNext classifier(Parameters model, TimmConvNextShape shape, int classes) {
        ConvNextTower tower = new ConvNextTower(model, ConvNextNames.TIMM, shape.sizes(), "");
        int channels = shape.sizes().channels();
        int features = shape.innerSize() == 0 ? channels : shape.innerSize();
        Linear inner = shape.innerSize() == 0 ? null : model.linear("head.pre_logits.fc", channels, features);
        Linear last = classes == 0 ? null : model.linear("head.fc", features, classes);
        return new TimmConvNext(tower, inner, last, classes == 0 ? features : classes);
    }

    /**
     * Takes the weights of a CLIP's tower, whose projection open_clip puts behind it ({@code open_clip/timm_model.py}).
     *
     * @param tower the level with {@code stages} and {@code head}
     * @param scope the name of that level in the checkpoint
     * @param outputs length of an embedding
     */
    public static TimmConvNext projected(Parameters tower, String scope, TimmConvNextShape shape, int outputs) {
        int channels = shape.sizes().channels();
        boolean hasInner = shape.innerSize() > 0;
        return new TimmConvNext(
                new ConvNextTower(tower, ConvNextNames.TIMM, shape.sizes(), scope),
                hasInner ? tower.linear("head.mlp.fc1", channels, shape.innerSize()) : null,
                hasInner
                        ? tower.linearWithoutBias("head.mlp.fc2", shape.innerSize(), outputs)
                        : tower.linearWithoutBias("head.proj", channels, outputs),
                outputs);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int atOnce(int height, int width) {
        return tower.atOnce(height, width);
    }

    @Override
    public void requireSize(int height, int width) {
        tower.requireSize(height, width);
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        Tensor x = tower.encode(pixels, grid); // [images, channels]
        if (inner != null) {
            x = inner.apply(x, Fusion.NONE.withActivation(Activation.GELU)); // [images, inner]
        }
        return last == null ? x : last.apply(x); // [images, outputs]
    }
}
