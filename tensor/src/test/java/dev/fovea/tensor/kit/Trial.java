package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One random case: the backend under test beside the reference, and how their results may differ. */
final class Trial {

    /** Half a unit in the last place of 1: the relative error of one f32 operation. */
    static final double EPSILON = 0x1p-24;

    /** How far an element may lie from the reference. */
    interface Bound {
        /**
         * @param index place of the element, row after row
         * @param expected the reference's element
         */
        double at(int index, double expected);
    }

    /** Not a bit: for operations that compute nothing, or round once. */
    static final Bound EXACT = (index, expected) -> 0;

    final Draw draw;
    private final Opener opener;
    private final Backend tested;
    private final ReferenceBackend reference = new ReferenceBackend();
    private final List<Placed> placed = new ArrayList<>();

    private record Placed(Matrix matrix, Tensor surroundings) {}

    Trial(Draw draw, Backend tested, Opener opener) {
        this.draw = draw;
        this.tested = tested;
        this.opener = opener;
    }

    /** The backend under test. */
    Backend tested() {
        return tested;
    }

    /** Returns another backend of the kind under test. */
    Backend open(int threads) {
        return opener.open(threads);
    }

    /** An input on a backend: a view on the one under test, whole on the reference. */
    Tensor on(Backend backend, Matrix matrix) {
        if (backend == reference) {
            return backend.tensor(matrix.rows(), matrix.columns(), matrix.values());
        }
        Tensor surroundings = matrix.placeSurroundings(backend);
        placed.add(new Placed(matrix, surroundings));
        return matrix.seenIn(surroundings);
    }

    /** A norm's parameters on a backend. */
    LayerNorm on(Backend backend, Norm norm) {
        return norm == null
                ? null
                : new LayerNorm(backend.constant(norm.gamma()), backend.constant(norm.beta()), norm.epsilon());
    }

    /**
     * Runs an operation on both backends; the results must agree, and the inputs must be as before.
     *
     * @param bound how far elements may differ; NaN and infinities must always be in the same places
     */
    void compare(Function<Backend, Tensor> operation, Bound bound) {
        compareAll(backend -> List.of(operation.apply(backend)), bound);
    }

    /** Compares every result of an operation with several results. */
    void compareAll(Function<Backend, List<Tensor>> operation, Bound bound) {
        List<Tensor> expected = operation.apply(reference);
        tested.scoped("", () -> {
            List<Tensor> found = operation.apply(tested);
            for (int i = 0; i < expected.size(); i++) {
                agree(expected.get(i), found.get(i), bound);
            }
            inputsAreUnchanged();
            return null;
        });
        placed.clear();
    }

    /** What the reference makes of some inputs; for bounds. */
    float[] reference(Function<Backend, Tensor> operation) {
        return operation.apply(reference).toArray();
    }

    private static void agree(Tensor expected, Tensor found, Bound bound) {
        if (!found.shape().equals(expected.shape())) {
            throw new AssertionError("result is " + found.shape() + ", expected " + expected.shape());
        }
        agree(expected.toArray(), found.toArray(), expected.columns(), bound);
    }

    static void agree(float[] expected, float[] found, int columns, Bound bound) {
        for (int i = 0; i < expected.length; i++) {
            boolean agrees = Float.isFinite(expected[i])
                    ? Math.abs((double) found[i] - expected[i]) <= bound.at(i, expected[i])
                    : Float.compare(found[i], expected[i]) == 0;
            if (!agrees) {
                throw new AssertionError("element [" + i / columns + ", " + i % columns + "] is " + found[i]
                        + ", expected " + expected[i] + " within " + bound.at(i, expected[i]));
            }
        }
    }

    private void inputsAreUnchanged() {
        for (Placed input : placed) {
            sameBits(input.matrix.surroundings(), input.surroundings.toArray(), "an input was changed");
        }
    }

    /** Compares bit by bit. */
    static void sameBits(float[] expected, float[] found, String complaint) {
        for (int i = 0; i < Math.max(expected.length, found.length); i++) {
            if (expected.length != found.length
                    || Float.floatToIntBits(expected[i]) != Float.floatToIntBits(found[i])) {
                throw new AssertionError(complaint + ": element " + i + " of " + expected.length + " is "
                        + (i < found.length ? found[i] : "missing") + " instead of "
                        + (i < expected.length ? expected[i] : "nothing"));
            }
        }
    }

    /** Starts backends of the kind under test. */
    interface Opener {
        /**
         * @param threads how many may compute at once; 0 for as many as usual
         */
        Backend open(int threads);
    }
}
