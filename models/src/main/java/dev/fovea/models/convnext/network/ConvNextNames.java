package dev.fovea.models.convnext.network;

import dev.fovea.models.nn.BlockNames;

/**
 * Names of the parts of a ConvNeXt in a checkpoint.
 *
 * @param stem the first convolution
 * @param stemNorm the norm behind it
 * @param stages the list of stages
 * @param shrink in a stage, the norm {@code 0} and the convolution {@code 1} before its blocks
 * @param blocks in a stage, the list of blocks
 * @param depthwise in a block, its convolution
 * @param mlp in a block, its MLP
 * @param norm the norm behind the last stage
 */
public record ConvNextNames(
        String stem,
        String stemNorm,
        String stages,
        String shrink,
        String blocks,
        String depthwise,
        BlockNames.Mlp mlp,
        String norm) {

    /** Of {@code DINOv3ConvNextModel} in transformers. */
    public static final ConvNextNames DINOV3 = new ConvNextNames(
            "stages.0.downsample_layers.0",
            "stages.0.downsample_layers.1",
            "stages",
            "downsample_layers",
            "layers",
            "depthwise_conv",
            new BlockNames.Mlp("pointwise_conv1", "pointwise_conv2", "layer_norm", "gamma"),
            "layer_norm");

    /** Of {@code ConvNextModel} in transformers. */
    public static final ConvNextNames TRANSFORMERS = new ConvNextNames(
            "embeddings.patch_embeddings",
            "embeddings.layernorm",
            "encoder.stages",
            "downsampling_layer",
            "layers",
            "dwconv",
            new BlockNames.Mlp("pwconv1", "pwconv2", "layernorm", "layer_scale_parameter"),
            "layernorm");

    /** Of {@code timm/models/convnext.py}. */
    public static final ConvNextNames TIMM = new ConvNextNames(
            "stem.0",
            "stem.1",
            "stages",
            "downsample",
            "blocks",
            "conv_dw",
            new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "norm", "gamma"),
            "head.norm");
}
