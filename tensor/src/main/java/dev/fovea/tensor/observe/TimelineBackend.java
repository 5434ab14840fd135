package dev.fovea.tensor.observe;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Notes when every scope and every operation of a model begins and ends: what a flame graph is drawn of. Each operation
 * is waited for, as {@link ProfilingBackend} does. Spans of a thread lie within each other; with several callers at
 * once they are mixed.
 */
public final class TimelineBackend extends WrappingBackend {

    private final List<Span> spans = new ArrayList<>();
    private final ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);

    /**
     * A scope or an operation.
     *
     * @param name of the scope, or the {@link Backend}'s method
     * @param depth number of scopes around it
     * @param start in nanoseconds, as {@link System#nanoTime} counts
     * @param end in nanoseconds
     * @param call what an operation costs, or null for a scope
     */
    public record Span(String name, int depth, long start, long end, Call call) {}

    /**
     * @param inner the backend to measure; closing the wrapper closes it
     */
    public TimelineBackend(Backend inner) {
        super(inner);
    }

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        if (name.isEmpty()) {
            return super.scoped(name, work);
        }
        int outer = depth.get();
        depth.set(outer + 1);
        long start = System.nanoTime();
        try {
            return super.scoped(name, work);
        } finally {
            add(new Span(name, outer, start, System.nanoTime(), null));
            depth.set(outer);
        }
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        long start = System.nanoTime();
        T result = Finished.of(operation.get());
        add(new Span(call.operation(), depth.get(), start, System.nanoTime(), call));
        return result;
    }

    private void add(Span span) {
        synchronized (spans) {
            spans.add(span);
        }
    }

    /** Returns the spans in the order of their ends: what lies within a scope comes before it. */
    public List<Span> spans() {
        synchronized (spans) {
            return List.copyOf(spans);
        }
    }
}
