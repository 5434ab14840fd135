package dev.fovea.models.fastvit.network;

import dev.fovea.models.fastvit.network.BranchSum.Branch;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the convolutions of FastViT that are several branches while they are trained ({@code timm/models/fastvit.py}).
 * Checkpoints hold the branches, or the one convolution that they are together, {@code reparam_conv}.
 */
final class Reparametrized {

    private static final String MERGED = "reparam_conv";

    private Reparametrized() {}

    /**
     * Returns a block of MobileOne (Vasu et al. 2023c, figure 3): a convolution, one of 1 x 1 and, where the block
     * changes neither size nor channels, a batch norm.
     */
    static Weight.Convolution mobileOne(Parameters block, ConvolutionShape shape) {
        return block.weights().has(MERGED + ".weight")
                ? block.convolution(MERGED, shape)
                : BranchSum.of(block, "conv_kxk", shape, mobileOneBranches(block, shape));
    }

    private static List<Branch> mobileOneBranches(Parameters block, ConvolutionShape shape) {
        List<Branch> branches = new ArrayList<>();
        branches.add(BranchSum.convolution(block, "conv_kxk.0", shape, shape.kernelHeight()));
        if (block.weights().has("conv_scale.conv.weight")) { // the stems of MobileCLIP 2's large encoders have none
            branches.add(BranchSum.convolution(block, "conv_scale", shape, 1));
        }
        if (shape.inputChannels() == shape.outputChannels() && shape.stride() == 1) {
            branches.add(BranchSum.norm(block, "identity", shape, 1));
        }
        return branches;
    }

    /** Returns the convolution that mixes tokens, {@code x + scale (mixer(x) - norm(x))}. */
    static Weight.Convolution repMixer(Parameters mixer, ConvolutionShape shape) {
        if (mixer.weights().has(MERGED + ".weight")) {
            return mixer.convolution(MERGED, shape);
        }
        List<Branch> branches = new ArrayList<>(mobileOneBranches(mixer.at("mixer"), shape));
        branches.add(BranchSum.norm(mixer, "norm.identity", shape, -1));
        branches.add(BranchSum.scale(mixer, "layer_scale.gamma", shape));
        branches.add(BranchSum.IDENTITY);
        return BranchSum.of(mixer, "mixer", shape, branches);
    }

    /** Returns a convolution with a large kernel and one of 3 x 3 (Ding et al. 2022, RepLKNet). */
    static Weight.Convolution largeKernel(Parameters block, ConvolutionShape shape) {
        return block.weights().has(MERGED + ".weight")
                ? block.convolution(MERGED, shape)
                : BranchSum.of(
                        block,
                        "large_conv",
                        shape,
                        List.of(
                                BranchSum.convolution(block, "large_conv", shape, shape.kernelHeight()),
                                BranchSum.convolution(block, "small_conv", shape, 3)));
    }

    /** Returns the convolution that adds positions, {@code x + pos_enc(x)} (Chu et al. 2021). */
    static Weight.Convolution positions(Parameters block, ConvolutionShape shape) {
        return block.weights().has(MERGED + ".weight")
                ? block.convolution(MERGED, shape)
                : BranchSum.of(
                        block, "pos_enc", shape, List.of(BranchSum.plain(block, "pos_enc", shape), BranchSum.IDENTITY));
    }
}
