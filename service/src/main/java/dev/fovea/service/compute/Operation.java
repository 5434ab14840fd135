package dev.fovea.service.compute;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Something that a model does with many inputs at once, each for itself. Operations of equal name and key are the same
 * and their inputs are computed together.
 *
 * @param name of the operation in metrics
 * @param lane in which it waits and is computed
 * @param key what else must be equal, such as generation options
 * @param most how many inputs are computed at once
 * @param work makes an output of each input, in their order
 */
public record Operation<I, O>(String name, Lane lane, Object key, int most, Function<List<I>, List<O>> work) {

    /** Makes an operation that is like no other, so that it is computed alone. */
    public static <I, O> Operation<I, O> alone(String name, Lane lane, Function<I, O> work) {
        return new Operation<>(name, lane, new Object(), 1, inputs -> List.of(work.apply(inputs.getFirst())));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Operation<?, ?> operation && name.equals(operation.name) && key.equals(operation.key);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, key);
    }
}
