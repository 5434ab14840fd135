package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small model, and what torch computed of it in f64: {@code oracle/gradient_cases.py}. */
final class GradientCase {

    /** How far a gradient may be from torch's, in relation to its length. */
    private static final double TOLERANCE = 1e-4;

    private final Path model;
    private final JsonValue json;
    private final Map<String, Parameter> tensors = new LinkedHashMap<>();

    private GradientCase(Path model, JsonValue json) {
        this.model = model;
        this.json = json;
    }

    static GradientCase of(String name, String checkpoint) {
        Path folder = Path.of("src/test/resources/dev/fovea/training/tape");
        Path models = Path.of("../models/src/test/resources/dev/fovea/models");
        GradientCase made =
                new GradientCase(models.resolve(checkpoint), JsonReader.readObject(folder.resolve(name + ".json")));
        try (Checkpoint recorded = Checkpoint.open(folder.resolve(name + ".safetensors"))) {
            Weights weights = Weights.of(recorded);
            recorded.tensors()
                    .forEach(entry ->
                            made.tensors.put(entry.name(), Parameter.of(weights.tensor(entry.name(), entry.shape()))));
        }
        return made;
    }

    Path model() {
        return model;
    }

    boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    float[] floats(String tensor) {
        return tensors.get(tensor).values().toArray();
    }

    Parameter parameter(String prefix, String name) {
        Parameter stored = tensors.get(prefix + name);
        return new Parameter(name, stored.shape(), stored.values().toArray());
    }

    /** Returns a number, or another one where the case has none. */
    double number(String key, double otherwise) {
        return json.get(key).number(otherwise);
    }

    double number(String key) {
        return json.get(key).number(Double.NaN);
    }

    double[] losses(String key) {
        return json.get(key).items().stream()
                .mapToDouble(loss -> loss.number(Double.NaN))
                .toArray();
    }

    List<int[]> ids(String key) {
        return json.get(key).items().stream()
                .map(text ->
                        text.items().stream().mapToInt(id -> id.integer(-1)).toArray())
                .toList();
    }

    int count(String prefix) {
        return (int) tensors.keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .count();
    }

    /**
     * Compares gradients: each may differ by some parts in a million of its length. Some are zero (a bias of keys moves
     * all scores of a query alike), and are known to a fraction of all gradients' length.
     */
    void assertGradients(String prefix, Collection<Parameter> parameters) {
        double all = 0;
        for (Parameter parameter : parameters) {
            all = Math.hypot(all, length(floats(prefix + parameter.name())));
        }
        for (Parameter parameter : parameters) {
            float[] expected = floats(prefix + parameter.name());
            float[] found = parameter.gradient().toArray();
            assertEquals(expected.length, found.length, parameter.name());
            float[] difference = new float[found.length];
            for (int i = 0; i < found.length; i++) {
                difference[i] = found[i] - expected[i];
            }
            double bound = TOLERANCE * length(expected) + 1e-7 * all;
            assertTrue(
                    length(difference) <= bound,
                    () -> parameter + ": off by " + length(difference) + " of " + length(expected));
        }
    }

    private static double length(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
