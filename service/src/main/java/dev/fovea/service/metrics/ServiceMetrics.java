package dev.fovea.service.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** What a service counts and times, written as Prometheus reads it (text format 0.0.4). */
public final class ServiceMetrics {

    private static final double[] SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
    };
    private static final double[] SIZES = {1, 2, 4, 8, 16, 32, 64};
    private static final Path STATUS = Path.of("/proc/self/status");

    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> durations = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> waits = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> computations = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> sizes = new ConcurrentSkipListMap<>();
    private final List<Queue> queues = new CopyOnWriteArrayList<>();

    private record Queue(String model, Supplier<Map<String, Integer>> lengths) {}

    private final LongAdder inFlight = new LongAdder();

    /** Counts a request that has begun. */
    public void begin() {
        inFlight.increment();
    }

    /**
     * Counts a request that has ended.
     *
     * @param route its path in the OpenAPI document, not what the client wrote
     */
    public void end(String method, String route, int status, double seconds) {
        inFlight.decrement();
        String labels = label("method", method) + "," + label("route", route);
        requests.computeIfAbsent(labels + "," + label("status", Integer.toString(status)), key -> new LongAdder())
                .increment();
        add(durations, labels, SECONDS, seconds);
    }

    /** Counts a piece of work that has waited for a model. */
    public void waited(String model, String operation, double seconds) {
        add(waits, labels(model, operation), SECONDS, seconds);
    }

    /** Counts a computation of a model. */
    public void computed(String model, String operation, int inputs, double seconds) {
        String labels = labels(model, operation);
        add(computations, labels, SECONDS, seconds);
        add(sizes, labels, SIZES, inputs);
    }

    /**
     * Shows how many pieces of work wait in a queue of a model.
     *
     * @param lengths returns how many of each operation; a model's queues have no operation in common
     */
    public void queue(String model, Supplier<Map<String, Integer>> lengths) {
        queues.add(new Queue(model, lengths));
    }

    private static void add(Map<String, Histogram> all, String labels, double[] bounds, double value) {
        Supplier<Histogram> fresh = () -> new Histogram(bounds);
        all.computeIfAbsent(labels, key -> fresh.get()).add(value);
    }

    private static String labels(String model, String operation) {
        return label("model", model) + "," + label("operation", operation);
    }

    private static String label(String name, String value) {
        return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** Writes all of it. */
    public String text() {
        StringBuilder out = new StringBuilder();
        head(out, "fovea_requests_total", "counter", "Requests that were answered.");
        requests.forEach((labels, count) -> line(out, "fovea_requests_total", labels, count.sum()));
        write(out, "fovea_request_seconds", "Time from a request's arrival to the end of its answer.", durations);
        head(out, "fovea_requests_in_flight", "gauge", "Requests that are being answered.");
        line(out, "fovea_requests_in_flight", "", inFlight.sum());
        head(out, "fovea_queue_length", "gauge", "Pieces of work that wait for a model, by operation.");
        queues.forEach(queue -> queue.lengths()
                .get()
                .forEach((operation, length) ->
                        line(out, "fovea_queue_length", labels(queue.model(), operation), length)));
        write(out, "fovea_queue_seconds", "Time that work waited for a model, by operation.", waits);
        write(out, "fovea_compute_seconds", "Time that a model computed, by operation.", computations);
        write(out, "fovea_batch_size", "Inputs that were computed together.", sizes);
        Runtime runtime = Runtime.getRuntime();
        head(out, "fovea_heap_used_bytes", "gauge", "Java heap in use.");
        line(out, "fovea_heap_used_bytes", "", runtime.totalMemory() - runtime.freeMemory());
        head(out, "fovea_heap_max_bytes", "gauge", "Java heap that may be used.");
        line(out, "fovea_heap_max_bytes", "", runtime.maxMemory());
        long resident = residentBytes();
        if (resident > 0) {
            head(out, "process_resident_memory_bytes", "gauge", "Resident memory of the process, weights included.");
            line(out, "process_resident_memory_bytes", "", resident);
        }
        return out.toString();
    }

    private static void write(StringBuilder out, String name, String help, Map<String, Histogram> all) {
        head(out, name, "histogram", help);
        all.forEach((labels, histogram) -> histogram.write(out, name, labels));
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder out, String name, String labels, long value) {
        out.append(name);
        if (!labels.isEmpty()) {
            out.append('{').append(labels).append('}');
        }
        out.append(' ').append(value).append('\n');
    }

    /** Reads the resident memory where Linux tells it, else 0. */
    private static long residentBytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException elsewhere) {
            return 0;
        }
    }
}
