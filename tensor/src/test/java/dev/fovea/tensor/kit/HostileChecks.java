package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.kit.Hostile.Side;
import dev.fovea.tensor.kit.Hostile.Slot;
import dev.fovea.tensor.kit.Hostile.Value;
import dev.fovea.tensor.kit.HostileCall.Operands;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Operands that nobody should pass: each operation with each of its operands replaced, then random calls with several
 * replaced. A call that the {@link ReferenceBackend reference} does must give the same numbers; one that it refuses
 * must be refused in a line that names the operation; and the JVM must be there afterwards. The reference computes on
 * Java arrays, so it cannot read beside them by mistake.
 *
 * <p>{@code -Dfovea.kit.hostile=100000} makes that many random calls.
 */
final class HostileChecks {

    private static final int CALLS = Integer.getInteger("fovea.kit.hostile", 1500);

    /** How far results of a few dozen ordinary numbers may be apart. */
    private static final double TOLERANCE = 2e-3;

    private static final Map<String, Function<Draw, HostileCall>> OPERATIONS = HostileCall.all();
    private static final AtomicLong DONE = new AtomicLong();
    private static final AtomicLong REFUSED = new AtomicLong();

    private HostileChecks() {}

    static List<Check> all() {
        List<Check> checks = new ArrayList<>();
        OPERATIONS.forEach((name, drawn) ->
                checks.add(Check.once("hostile", name + ", every operand", trial -> everyOperand(trial, drawn))));
        checks.add(Check.of("hostile", "random calls", HostileChecks::randomCalls));
        checks.add(Check.once("hostile", "closed while others compute", HostileChecks::closedMeanwhile));
        return checks;
    }

    /** Whether more calls are made than in an ordinary run. */
    static boolean isLong() {
        return Integer.getInteger("fovea.kit.hostile") != null;
    }

    /** What became of the calls so far, for people. */
    static String counts() {
        return DONE.get() + " hostile calls were right and agree, " + REFUSED.get() + " were refused";
    }

    private static void everyOperand(Trial trial, Function<Draw, HostileCall> drawn) {
        try (Pair pair = new Pair(trial)) {
            HostileCall call = drawn.apply(trial.draw);
            Value[] right = call.slots().stream().map(Slot::right).toArray(Value[]::new);
            pair.ask(call, right);
            for (int slot = 0; slot < right.length; slot++) {
                for (Value other : call.slots().get(slot).others()) {
                    Value[] values = right.clone();
                    values[slot] = other;
                    pair.ask(call, values);
                }
            }
        }
    }

    private static void randomCalls(Trial trial) {
        List<String> names = List.copyOf(OPERATIONS.keySet());
        try (Pair pair = new Pair(trial)) {
            for (int i = 0; i < Math.max(1, CALLS / Check.CASES); i++) {
                Draw draw = new Draw(trial.draw.seed());
                HostileCall call = OPERATIONS
                        .get(names.get(draw.between("operation", 0, names.size() - 1)))
                        .apply(draw);
                Value[] values = call.slots().stream().map(Slot::right).toArray(Value[]::new);
                int replaced = draw.between("replaced", 0, 3);
                for (int j = 0; j < replaced; j++) {
                    int slot = draw.between("slot", 0, values.length - 1);
                    List<Value> others = call.slots().get(slot).others();
                    values[slot] = others.get(draw.between("other", 0, others.size() - 1));
                }
                pair.ask(call, values);
            }
        }
    }

    /** Callers that come too late get an exception, whatever they were about to do. */
    private static void closedMeanwhile(Trial trial) {
        for (int round = 0; round < 3; round++) {
            Backend backend = trial.open(2);
            Tensor x = backend.tensor(40, 33, new float[40 * 33]);
            List<CompletableFuture<Throwable>> callers = new ArrayList<>();
            for (int caller = 0; caller < 3; caller++) {
                callers.add(CompletableFuture.supplyAsync(
                        () -> untilRefused(backend, x), task -> new Thread(task).start()));
            }
            LockSupport.parkNanos(20_000_000);
            backend.close();
            for (CompletableFuture<Throwable> caller : callers) {
                Throwable refusal = caller.join();
                if (!(refusal instanceof IllegalStateException || refusal instanceof FoveaException)) {
                    throw new AssertionError("a caller that came too late got " + refusal);
                }
            }
        }
    }

    private static Throwable untilRefused(Backend backend, Tensor x) {
        try {
            while (true) {
                backend.scoped(
                        "",
                        () -> backend.matmulTransposed(backend.softmax(x), x).toArray());
            }
        } catch (Throwable refusal) {
            return refusal;
        }
    }

    /** The backend under test and the reference, each with another one of its kind. */
    private static final class Pair implements AutoCloseable {
        private final Side tested;
        private final Side reference = new Side(new ReferenceBackend(), new ReferenceBackend());

        Pair(Trial trial) {
            tested = new Side(trial.tested(), trial.open(1));
        }

        void ask(HostileCall call, Value[] values) {
            Object expected = answer(call, values, reference);
            Object found = answer(call, values, tested);
            String complaint = complaint(call, values, expected, found);
            if (complaint != null) {
                throw new AssertionError(call.name() + " with "
                        + Arrays.stream(values).map(Value::what).toList() + ": " + complaint);
            }
            (found instanceof RuntimeException ? REFUSED : DONE).incrementAndGet();
        }

        /** The result's numbers, or what was thrown. */
        private static Object answer(HostileCall call, Value[] values, Side side) {
            Backend backend = side.backend();
            return backend.scoped("", () -> {
                try {
                    Object[] operands = new Object[values.length];
                    for (int i = 0; i < operands.length; i++) {
                        operands[i] = values[i].make().apply(side);
                    }
                    try {
                        Object result = call.call().apply(backend, new Operands(operands));
                        return new Object[] {result instanceof Tensor tensor ? Numbers.of(tensor) : result};
                    } catch (RuntimeException e) {
                        return new Object[] {e};
                    }
                } catch (IllegalArgumentException noSuchOperand) {
                    return new Object[] {new NoSuchOperand()};
                }
            })[0];
        }

        private static String complaint(HostileCall call, Value[] values, Object expected, Object found) {
            if (expected instanceof NoSuchOperand || found instanceof NoSuchOperand) {
                return expected instanceof NoSuchOperand && found instanceof NoSuchOperand
                        ? null
                        : "an operand is made on one backend only";
            }
            boolean mustBeRefused = Arrays.stream(values).anyMatch(Value::isRefused);
            for (Object answer : new Object[] {expected, found}) {
                String whose = answer == expected ? "the reference " : "";
                if (answer instanceof RuntimeException e && !isRefusal(call, e)) {
                    return whose + "does not refuse in words of its own: " + e;
                }
                if (mustBeRefused && !(answer instanceof RuntimeException)) {
                    return whose + "accepts it";
                }
            }
            if (expected instanceof RuntimeException != found instanceof RuntimeException) {
                return "gives " + found + ", the reference " + expected;
            }
            return agree(expected, found);
        }

        private static boolean isRefusal(HostileCall call, RuntimeException e) {
            if (e instanceof FoveaException) {
                return true; // names a file, or a device and what it lacks
            }
            String message = String.valueOf(e.getMessage());
            boolean named = message.contains(call.name()) || call.name().equals("mlp") && message.contains("linear");
            return named
                    && !message.contains("\n")
                    && (e instanceof IllegalArgumentException || e instanceof IllegalStateException);
        }

        private static String agree(Object expected, Object found) {
            return expected instanceof Numbers a && found instanceof Numbers b ? a.differenceTo(b) : null;
        }

        @Override
        public void close() {
            tested.other().close();
        }
    }

    /** Stands for a call that could not be made, since there is no such operand. */
    private static final class NoSuchOperand extends RuntimeException {}

    private record Numbers(int rows, int columns, float[] values) {
        static Numbers of(Tensor tensor) {
            return new Numbers(tensor.rows(), tensor.columns(), tensor.toArray());
        }

        String differenceTo(Numbers other) {
            if (rows != other.rows || columns != other.columns) {
                return "gives " + other + ", the reference " + this;
            }
            for (int i = 0; i < values.length; i++) {
                double allowed = TOLERANCE * (1 + Math.abs(values[i]));
                boolean same = Float.isFinite(values[i])
                        ? Math.abs(values[i] - other.values[i]) <= allowed
                        : Float.compare(values[i], other.values[i]) == 0;
                if (!same) {
                    return "element " + i + " is " + other.values[i] + ", expected " + values[i];
                }
            }
            return null;
        }

        @Override
        public String toString() {
            return "[" + rows + ", " + columns + "]";
        }
    }
}
