package dev.fovea.tensor.observe;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Measures a backend while a model runs on it: time, calls, arithmetic and traffic of every operation. Each operation
 * is waited for, so that a device which computes behind the caller's back is timed honestly too; the sum of the times
 * is then a little more than the model takes without a profiler. With several callers at once, times are the sums over
 * all of them.
 */
public final class ProfilingBackend extends WrappingBackend {

    private record Key(String operation, String weight) {}

    private final Map<Key, Entry> entries = new HashMap<>();

    /**
     * @param inner the backend to measure; closing the profiler closes it
     */
    public ProfilingBackend(Backend inner) {
        super(inner);
    }

    /**
     * Holds what was measured of one operation, or of one operation with one weight.
     *
     * @param operation the {@link Backend}'s method
     * @param weight the weight's name, or an empty string
     * @param calls how often it ran
     * @param nanos how long, in nanoseconds, all calls together
     * @param flop arithmetic operations of all calls, as {@link WrappingBackend.Call} counts them
     * @param bytes the least that all calls had to move
     */
    public record Entry(String operation, String weight, long calls, long nanos, double flop, double bytes) {

        /** Returns the arithmetic operations per second; 0 if no time was measured. */
        public double flopPerSecond() {
            return nanos == 0 ? 0 : flop / nanos * 1e9;
        }

        /** Returns the bytes per second; 0 if no time was measured. */
        public double bytesPerSecond() {
            return nanos == 0 ? 0 : bytes / nanos * 1e9;
        }

        private Entry and(Entry other) {
            return new Entry(
                    operation,
                    weight.equals(other.weight) ? weight : "",
                    calls + other.calls,
                    nanos + other.nanos,
                    flop + other.flop,
                    bytes + other.bytes);
        }
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        long start = System.nanoTime();
        T result = Finished.of(operation.get());
        long nanos = System.nanoTime() - start;
        Entry entry = new Entry(call.operation(), call.weight(), 1, nanos, call.flop(), call.bytes());
        synchronized (entries) {
            entries.merge(new Key(call.operation(), call.weight()), entry, Entry::and);
        }
        return result;
    }

    /** Returns what was measured of every operation, the one that took longest first. */
    public List<Entry> byOperation() {
        Map<String, Entry> operations = new HashMap<>();
        for (Entry entry : byWeight()) {
            operations.merge(entry.operation, entry, Entry::and);
        }
        return sorted(operations.values().stream().toList());
    }

    /**
     * Returns what was measured of every operation with every weight: which layer takes the time. The one that took
     * longest comes first.
     */
    public List<Entry> byWeight() {
        synchronized (entries) {
            return sorted(List.copyOf(entries.values()));
        }
    }

    private static List<Entry> sorted(List<Entry> entries) {
        return entries.stream()
                .sorted(Comparator.comparingLong(Entry::nanos)
                        .reversed()
                        .thenComparing(Entry::operation)
                        .thenComparing(Entry::weight))
                .toList();
    }

    /** Forgets what was measured: after a warm-up. */
    public void reset() {
        synchronized (entries) {
            entries.clear();
        }
    }

    /**
     * Returns a table for people, one line for every entry and one for all of them.
     *
     * @param entries as {@link #byOperation} or {@link #byWeight} give them
     */
    public static String table(List<Entry> entries) {
        Entry all = entries.stream().reduce(new Entry("all", "", 0, 0, 0, 0), Entry::and);
        StringBuilder table = new StringBuilder(String.format(
                "%-17s %8s %11s %7s %10s %9s  %s%n", "operation", "calls", "ms", "share", "GFLOP/s", "GB/s", "weight"));
        for (Entry entry : entries) {
            line(table, entry, all);
        }
        line(table, all, all);
        return table.toString();
    }

    private static void line(StringBuilder table, Entry entry, Entry all) {
        String line = String.format(
                Locale.ROOT,
                "%-17s %8d %11.3f %6.1f%% %10.2f %9.2f  %s",
                entry.operation,
                entry.calls,
                entry.nanos / 1e6,
                all.nanos == 0 ? 0 : 100.0 * entry.nanos / all.nanos,
                entry.flopPerSecond() / 1e9,
                entry.bytesPerSecond() / 1e9,
                entry.weight);
        table.append(line.stripTrailing()).append(System.lineSeparator());
    }
}
