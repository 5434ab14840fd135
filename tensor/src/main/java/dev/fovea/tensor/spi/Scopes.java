package dev.fovea.tensor.spi;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Storage;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Manages the lifetime of activations (the idea of TensorFlow.js' {@code tidy}). What was made in a scope goes back to
 * the pool when the scope ends; what the scope returns moves into the scope around it. Outside any scope nothing goes
 * back: the garbage collector then frees it, so a forgotten scope costs memory and never correctness.
 *
 * @param <S> the backend's storage
 */
public final class Scopes<S extends Storage> {

    private final Consumer<S> giveBack;
    private final ThreadLocal<ArrayList<S>> innermost = new ThreadLocal<>();

    /**
     * @param giveBack takes a storage that nobody will use again
     */
    public Scopes(Consumer<S> giveBack) {
        this.giveBack = giveBack;
    }

    /** Puts a new storage into the calling thread's innermost scope, if there is one. */
    public S register(S storage) {
        ArrayList<S> scope = innermost.get();
        if (scope != null) {
            scope.add(storage);
        }
        return storage;
    }

    /** Takes a storage out of the innermost scope and gives it back; does nothing if it does not belong to it. */
    public void release(Storage storage) {
        ArrayList<S> scope = innermost.get();
        if (scope == null) {
            return;
        }
        for (int i = scope.size() - 1; i >= 0; i--) {
            if (scope.get(i) == storage) {
                end(scope.remove(i));
                return;
            }
        }
    }

    /** Runs work in a scope of its own; see {@link Backend#scoped}. */
    public <T> T run(Supplier<T> work) {
        ArrayList<S> outer = innermost.get();
        ArrayList<S> scope = new ArrayList<>();
        innermost.set(scope);
        Set<Storage> kept = Set.of();
        try {
            T result = work.get();
            kept = storagesOf(result);
            return result;
        } finally {
            innermost.set(outer);
            for (S storage : scope) {
                if (!kept.contains(storage)) {
                    end(storage);
                } else if (outer != null) {
                    outer.add(storage);
                }
            }
        }
    }

    private void end(S storage) {
        storage.endLife();
        giveBack.accept(storage);
    }

    private static Set<Storage> storagesOf(Object result) {
        return switch (result) {
            case Tensor tensor -> Set.of(tensor.storage());
            case List<?> list ->
                list.stream()
                        .filter(Tensor.class::isInstance)
                        .map(tensor -> ((Tensor) tensor).storage())
                        .collect(Collectors.toSet());
            case null, default -> Set.of();
        };
    }
}
