package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The matrices of the last layers of a tower, with their numbers in another order. Biases and norms stay, and so do the
 * mean, the deviation and the histogram of every matrix.
 */
final class ShuffledWeights {

    private final Clip clip;
    private final TowerLayout layout;
    private final int first;
    private final long seed;
    private final Pattern matrix;
    private final Map<String, float[]> shuffled = new ConcurrentHashMap<>();
    private final Map<String, Weight.Linear> prepared = new ConcurrentHashMap<>();

    /**
     * Takes a tower.
     *
     * @param first layer that is shuffled, with all after it
     */
    ShuffledWeights(Clip clip, TowerLayout layout, int first, long seed) {
        this.clip = clip;
        this.layout = layout;
        this.first = first;
        this.seed = seed;
        matrix = Pattern.compile(".*\\b" + Pattern.quote(layout.list()) + "\\.(\\d+)\\..*\\.weight");
    }

    private boolean isShuffled(String name) {
        Matcher found = matrix.matcher(name);
        boolean ofTower = layout.name().equals("dinov2") || name.startsWith(layout.name() + ".");
        return ofTower && !name.contains("norm") && found.matches() && Integer.parseInt(found.group(1)) >= first;
    }

    /** Returns the numbers of a matrix in their new order; null of what is not shuffled. */
    float[] values(String name) {
        return isShuffled(name) ? shuffled.computeIfAbsent(name, this::shuffle) : null;
    }

    /** Fisher and Yates; every matrix has a disorder of its own, the same each time. */
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

        private Weight.Linear replaced(Weight.Linear weight) {
            String[] names = weight.name().split("\\+");
            return isShuffled(names[0])
                    ? prepared.computeIfAbsent(weight.name(), all -> prepare(names, weight))
                    : weight;
        }

        private Weight.Linear prepare(String[] names, Weight.Linear weight) {
            List<WeightData> matrices = Arrays.stream(names)
                    .map(name -> WeightData.of(
                            name, Shape.of(weight.outputs() / names.length, weight.inputs()), values(name)))
                    .toList();
            List<WeightData> biases = Arrays.stream(names)
                    .map(name -> clip.weight(name.substring(0, name.length() - "weight".length()) + "bias"))
                    .toList();
            return inner().linearWeight(matrices, biases, weight.dtype(), clip.compute());
        }
    }
}
