package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Storage;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Scopes: what they return lives on, what they do not return is used again, also when they fail. */
final class MemoryChecks {

    private static final int ROWS = 23;
    private static final int COLUMNS = 37;

    private MemoryChecks() {}

    static List<Check> all() {
        return List.of(
                Check.once("scopes", "a returned tensor lives on", MemoryChecks::returnedTensor),
                Check.once("scopes", "a returned list lives on", MemoryChecks::returnedList),
                Check.once("scopes", "a returned view lives on", MemoryChecks::returnedView),
                Check.once("scopes", "what was made outside lives on", MemoryChecks::madeOutside),
                Check.once("scopes", "constants and weights live on", MemoryChecks::weightsLiveOn),
                Check.once("scopes", "other results are handed through", MemoryChecks::otherResults),
                Check.once("scopes", "a failure is handed through", MemoryChecks::failure),
                Check.once("scopes", "without a scope all lives on", MemoryChecks::noScope));
    }

    /** For backends that use memory again. */
    static List<Check> reuse() {
        return List.of(
                Check.once("scopes", "a steady state takes no more memory", trial -> reuse(trial, false)),
                Check.once("scopes", "failures give memory back", trial -> reuse(trial, true)),
                Check.once("scopes", "released memory is used again", MemoryChecks::released));
    }

    private static Tensor filled(Backend backend, float value) {
        float[] values = new float[ROWS * COLUMNS];
        Arrays.fill(values, value);
        return backend.tensor(ROWS, COLUMNS, values);
    }

    /** Takes what memory is free and writes to it. */
    private static void churn(Backend backend) {
        backend.scoped("churn", () -> {
            for (int i = 0; i < 20; i++) {
                backend.add(filled(backend, -1), filled(backend, -1));
            }
            return null;
        });
    }

    private static void holds(Tensor tensor, float value) {
        for (float found : tensor.toArray()) {
            if (found != value) {
                throw new AssertionError("a tensor of " + value + " holds " + found);
            }
        }
    }

    private static void returnedTensor(Trial trial) {
        Backend backend = trial.tested();
        backend.scoped("all", () -> {
            Tensor kept = backend.scoped(
                    "outer", () -> backend.scoped("inner", () -> backend.add(filled(backend, 1), filled(backend, 2))));
            churn(backend);
            holds(kept, 3);
            return null;
        });
    }

    private static void returnedList(Trial trial) {
        Backend backend = trial.tested();
        backend.scoped("all", () -> {
            List<Tensor> kept = backend.scoped("outer", () -> {
                List<Tensor> inner = backend.scoped("inner", () -> {
                    filled(backend, 9);
                    return List.of(filled(backend, 1), filled(backend, 2));
                });
                filled(backend, 9);
                return List.of(inner.get(1), inner.get(0));
            });
            churn(backend);
            holds(kept.get(0), 2);
            holds(kept.get(1), 1);
            return null;
        });
    }

    private static void returnedView(Trial trial) {
        Backend backend = trial.tested();
        backend.scoped("all", () -> {
            Tensor kept = backend.scoped(
                    "outer", () -> filled(backend, 4).columns(3, 5).rows(1, 8).everyRow(3));
            churn(backend);
            holds(kept, 4);
            return null;
        });
    }

    private static void madeOutside(Trial trial) {
        Backend backend = trial.tested();
        backend.scoped("all", () -> {
            Tensor outside = filled(backend, 5);
            Tensor same = backend.scoped("returns", () -> outside);
            backend.scoped("uses", () -> {
                backend.release(backend.add(outside, outside));
                return null;
            });
            churn(backend);
            holds(outside, 5);
            holds(same, 5);
            return null;
        });
    }

    private static void weightsLiveOn(Trial trial) {
        Backend backend = trial.tested();
        float[] ones = new float[COLUMNS];
        Arrays.fill(ones, 1);
        WeightData data = Draw.weight("ones", DType.F32, Shape.of(1, COLUMNS), ones);
        record Kept(Tensor constant, Weight.Linear linear, Weight.Embedding embedding) {}
        Kept kept = backend.scoped(
                "load",
                () -> new Kept(
                        backend.constant(data),
                        backend.linearWeight(List.of(data), List.of(), null),
                        backend.embeddingWeight(data)));
        churn(backend);
        backend.scoped("use", () -> {
            holds(kept.constant, 1);
            holds(backend.linear(filled(backend, 2), kept.linear, Fusion.NONE), 2 * COLUMNS);
            holds(backend.embedding(kept.embedding, new int[] {0, 0}), 1);
            return null;
        });
    }

    private static void otherResults(Trial trial) {
        Backend backend = trial.tested();
        String text = backend.scoped("text", () -> "as it is");
        Object nothing = backend.scoped("nothing", () -> null);
        if (!"as it is".equals(text) || nothing != null) {
            throw new AssertionError("a scope returned " + text + " and " + nothing);
        }
    }

    private static void failure(Trial trial) {
        Backend backend = trial.tested();
        IllegalStateException thrown = new IllegalStateException("on purpose");
        backend.scoped("all", () -> {
            Tensor outside = filled(backend, 6);
            try {
                backend.scoped(
                        "outer",
                        () -> backend.scoped("inner", () -> {
                            filled(backend, 7);
                            throw thrown;
                        }));
                throw new AssertionError("a failure was swallowed");
            } catch (IllegalStateException e) {
                if (e != thrown) {
                    throw new AssertionError("another failure than the one thrown: " + e);
                }
            }
            Tensor after = filled(backend, 8);
            churn(backend);
            holds(outside, 6);
            holds(after, 8);
            return null;
        });
    }

    private static void noScope(Trial trial) {
        Backend backend = trial.tested();
        Tensor kept = filled(backend, 1);
        backend.release(filled(backend, 2));
        churn(backend);
        holds(kept, 1);
        holds(backend.add(kept, kept), 2);
    }

    private static void reuse(Trial trial, boolean failing) {
        Backend backend = trial.tested();
        float[] numbers = new Draw(1).ordinary(COLUMNS * COLUMNS);
        Weight.Linear layer = backend.linearWeight(
                List.of(Draw.weight("square", DType.F32, Shape.of(COLUMNS, COLUMNS), numbers)), List.of(), null);
        Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        int afterWarmUp = 0;
        for (int round = 0; round < 30; round++) {
            try {
                backend.scoped("round", () -> {
                    Tensor x = filled(backend, 1);
                    for (int i = 0; i < 3; i++) {
                        Tensor before = x;
                        x = backend.scoped("block", () -> {
                            Tensor y = backend.linear(before, layer, Fusion.NONE.withResidual(before));
                            seen.add(y.storage());
                            return backend.softmax(y);
                        });
                        seen.add(x.storage());
                    }
                    if (failing) {
                        throw new IllegalStateException("on purpose");
                    }
                    return x;
                });
            } catch (IllegalStateException onPurpose) {
                // the next round continues
            }
            if (round == 4) {
                afterWarmUp = seen.size();
            }
        }
        // What a round outside any scope returns is not given back; everything else is.
        int returned = failing ? 0 : 25;
        if (seen.size() > afterWarmUp + returned) {
            throw new AssertionError("30 rounds used " + seen.size() + " pieces of memory, the first 5 " + afterWarmUp);
        }
    }

    private static void released(Trial trial) {
        Backend backend = trial.tested();
        backend.scoped("all", () -> {
            Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            for (int i = 0; i < 50; i++) {
                Tensor tensor = filled(backend, i);
                seen.add(tensor.storage());
                backend.release(tensor);
            }
            if (seen.size() > 10) {
                throw new AssertionError("50 released tensors used " + seen.size() + " pieces of memory");
            }
            return null;
        });
    }
}
