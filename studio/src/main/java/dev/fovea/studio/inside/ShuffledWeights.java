package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.nn.BatchNorm;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The matrices of the last layers of a tower, or the kernels of the last blocks of a ResNet, with their numbers in
 * another order. Biases, norms and factors of channels stay, and so do the mean, the deviation and the histogram of
 * every matrix.
 */
final class ShuffledWeights {

    private final Clip clip;
    private final TowerLayout layout;
    private final long seed;

    /** Names of weights that are shuffled: the module in group 1, the rest without {@code .weight} in group 2. */
    private final Pattern matrix;

    private final Map<String, float[]> shuffled = new ConcurrentHashMap<>();
    private final Map<String, Weight> prepared = new ConcurrentHashMap<>();

    /**
     * Takes a tower.
     *
     * @param first of its modules that is shuffled, with all after it
     */
    ShuffledWeights(Clip clip, TowerLayout layout, int first, long seed) {
        this.clip = clip;
        this.layout = layout;
        this.seed = seed;
        List<String> modules = layout.modules();
        // A checkpoint of one tower may have a name before it.
        String before = layout.prefix().isEmpty() ? "(?:\\w+\\.)?" : Pattern.quote(layout.prefix());
        matrix = Pattern.compile("(" + before
                + modules.subList(first, modules.size()).stream()
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|", "(?:", ")"))
                + ")\\.((?!.*(?:norm|bn|downsample\\.1)).*)\\.weight");
    }

    /** Returns the numbers of a matrix in their new order; null of what is not shuffled. */
    float[] values(String name) {
        return matrix.matcher(name).matches() ? shuffled.computeIfAbsent(name, this::shuffle) : null;
    }

    /** Fisher and Yates; every matrix has an order of its own, the same each time. */
    private float[] shuffle(String name) {
        float[] values = clip.weight(name).toFloats();
        Random dice = new Random(seed ^ name.hashCode());
        for (int i = values.length - 1; i > 0; i--) {
            int other = dice.nextInt(i + 1);
            float kept = values[i];
            values[i] = values[other];
            values[other] = kept;
        }
        return values;
    }

    /** Wraps a backend so that it multiplies with the shuffled matrices. */
    Backend wrap(Backend backend) {
        return new Shuffling(backend);
    }

    private final class Shuffling extends WrappingBackend {

        Shuffling(Backend inner) {
            super(inner);
        }

        @Override
        protected <T> T around(Call call, Supplier<T> operation) {
            return operation.get();
        }

        @Override
        public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
            return super.linear(x, replaced(weight), fusion);
        }

        @Override
        public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
            return super.mlp(x, replaced(expand), replaced(reduce), fusion);
        }

        @Override
        public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
            return super.convolution(x, grid, replaced(weight), activation);
        }

        @Override
        public Tensor convolution(
                Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
            return super.convolution(x, grid, replaced(weight), shortcut, activation);
        }

        private Weight.Linear replaced(Weight.Linear weight) {
            String[] names = weight.name().split("\\+");
            return matrix.matcher(names[0]).matches()
                    ? (Weight.Linear) prepared.computeIfAbsent(weight.name(), all -> prepare(names, weight))
                    : weight;
        }

        private Weight.Convolution replaced(Weight.Convolution weight) {
            return matrix.matcher(weight.name()).matches()
                    ? (Weight.Convolution) prepared.computeIfAbsent(weight.name(), name -> prepare(weight))
                    : weight;
        }

        private Weight.Linear prepare(String[] names, Weight.Linear weight) {
            int outputs = weight.outputs() / names.length;
            List<WeightData> matrices = new ArrayList<>();
            List<WeightData> biases = new ArrayList<>();
            for (String name : names) {
                String bias = name.substring(0, name.length() - "weight".length()) + "bias";
                matrices.add(WeightData.of(name, Shape.of(outputs, weight.inputs()), scaled(name, values(name))));
                biases.add(WeightData.of(
                        bias,
                        Shape.of(outputs),
                        scaled(name, clip.hasWeight(bias) ? clip.weight(bias).toFloats() : new float[outputs])));
            }
            return inner().linearWeight(matrices, biases, weight.dtype(), clip.compute());
        }

        /** Multiplies a matrix or its bias with the factors of channels that the layer may have. */
        private float[] scaled(String name, float[] rows) {
            Matcher found = matrix.matcher(name);
            found.matches();
            String scale = layout.names().scaleOf(found.group(2));
            return scale == null
                    ? rows
                    : LinearAlgebra.scaledRows(
                            rows, clip.weight(found.group(1) + "." + scale).toFloats());
        }

        /** Makes a convolution with its batch norm folded in, as the model does. */
        private Weight.Convolution prepare(Weight.Convolution weight) {
            ConvolutionShape shape = weight.shape();
            String name = weight.name();
            BatchNorm norm = new BatchNorm(
                    name.replaceFirst("\\.weight$", "")
                            .replaceFirst("conv(\\d)$", "bn$1")
                            .replaceFirst("downsample\\.0$", "downsample.1"),
                    clip::weight);
            return inner().convolutionWeight(
                            WeightData.of(
                                    name,
                                    Shape.of(
                                            shape.outputChannels(),
                                            shape.channelsPerGroup(),
                                            shape.kernelHeight(),
                                            shape.kernelWidth()),
                                    LinearAlgebra.scaledRows(values(name), LinearAlgebra.floats(norm.factors()))),
                            WeightData.of(name, Shape.of(shape.outputChannels()), LinearAlgebra.floats(norm.terms())),
                            shape,
                            clip.compute());
        }
    }
}
