package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.BatchNorm;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;

/** A block of FastViT: pixels are mixed, by a convolution or by attention, then an MLP follows. */
interface FastVitBlock {

    /** Computes the block, {@code [pixels, channels]} to {@code [pixels, channels]}. */
    Tensor apply(Tensor x, Grid grid);

    /** Takes the weights of a block of a stage. */
    static FastVitBlock of(Parameters block, FastVitShape.Stage stage, boolean layerNorm) {
        return stage.attends() ? new Attending(block, stage, layerNorm) : new Convolving(block, stage);
    }

    /** Mixes pixels by a convolution that was trained as three (Vasu et al. 2023a, section 3.2). */
    final class Convolving implements FastVitBlock {

        private static final int KERNEL = 3;

        private final Backend backend;
        private final Weight.Convolution mixer;
        private final ConvolutionalMlp mlp;

        private Convolving(Parameters block, FastVitShape.Stage stage) {
            backend = block.backend();
            ConvolutionShape shape = ConvolutionalMlp.depthwise(stage.channels(), KERNEL);
            mixer = Reparametrized.repMixer(block.at("token_mixer"), shape);
            mlp = new ConvolutionalMlp(block, "layer_scale.gamma", stage);
        }

        @Override
        public Tensor apply(Tensor x, Grid grid) {
            return mlp.apply(backend.convolution(x, grid, mixer, Activation.IDENTITY), grid);
        }
    }

    /** Mixes pixels by attention: {@code x + scale attention(norm(x))}. */
    final class Attending implements FastVitBlock {

        private static final float EPSILON = 1e-5f;

        private final Backend backend;
        private final LayerNorm norm;
        private final Weight.Linear queriesKeysValues;
        private final AttentionShape attention;
        private final Weight.Linear out;
        private final ConvolutionalMlp mlp;

        private Attending(Parameters block, FastVitShape.Stage stage, boolean layerNorm) {
            backend = block.backend();
            int channels = stage.channels();
            WeightData qkv = block.weights().tensor("token_mixer.qkv.weight", Shape.of(3L * channels, channels));
            norm = layerNorm ? block.layerNorm("norm", channels, EPSILON) : null;
            queriesKeysValues = layerNorm
                    ? block.linear(List.of(qkv), List.of()).weight()
                    : normalized(block, qkv, new BatchNorm(block, "norm", channels));
            attention = new AttentionShape(
                    stage.heads(), (float) Math.pow(FastVitShape.HEAD_SIZE, -0.5), AttentionShape.Mask.NONE);
            out = projection(block, channels);
            mlp = new ConvolutionalMlp(block, "layer_scale_2.gamma", stage);
        }

        private static Weight.Linear projection(Parameters block, int channels) {
            WeightData scale = block.weights().tensor("layer_scale_1.gamma", Shape.of(channels, 1, 1));
            WeightData matrix = block.weights().tensor("token_mixer.proj.weight", Shape.of(channels, channels));
            WeightData bias = block.weights().tensor("token_mixer.proj.bias", Shape.of(channels));
            return block.linear(List.of(block.scaledRows(matrix, scale)), List.of(block.scaledRows(bias, scale)))
                    .weight();
        }

        /** Makes a linear layer of one without bias and the batch norm before it. */
        private static Weight.Linear normalized(Parameters block, WeightData matrix, BatchNorm norm) {
            Shape outputs = Shape.of(matrix.shape().extent(0));
            return block.linear(
                            List.of(block.derived(
                                    matrix.name(), matrix.shape(), () -> columnsScaled(matrix, norm.factors()))),
                            List.of(block.derived(matrix.name(), outputs, () -> product(matrix, norm.terms()))))
                    .weight();
        }

        private static float[] columnsScaled(WeightData matrix, double[] factors) {
            float[] values = matrix.toFloats();
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * factors[i % factors.length]);
            }
            return values;
        }

        private static float[] product(WeightData matrix, double[] vector) {
            float[] values = matrix.toFloats();
            float[] sums = new float[values.length / vector.length];
            for (int row = 0; row < sums.length; row++) {
                double sum = 0;
                for (int column = 0; column < vector.length; column++) {
                    sum += values[row * vector.length + column] * vector[column];
                }
                sums[row] = (float) sum;
            }
            return sums;
        }

        @Override
        public Tensor apply(Tensor x, Grid grid) {
            int channels = x.columns();
            Segments images = Segments.uniform(grid.images(), grid.height() * grid.width());
            Tensor fused = backend.linear(x, queriesKeysValues, Fusion.NONE.withNorm(norm)); // [pixels, 3 channels]
            Tensor mixed = backend.attention(
                    fused.columns(0, channels),
                    fused.columns(channels, 2 * channels),
                    fused.columns(2 * channels, 3 * channels),
                    images,
                    images,
                    attention); //                                                             [pixels, channels]
            return mlp.apply(backend.linear(mixed, out, Fusion.NONE.withResidual(x)), grid);
        }
    }
}
