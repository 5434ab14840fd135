package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.inside.WeightStatistics;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells of the machine and of the weights. */
final class MachineFigures {

    private static final int SIDE = 1024;
    private static final int ROWS = 512;
    private static final int TRIES = 5;

    /** A line of a listing: position, bytes, text, comment. */
    private static final Pattern INSTRUCTION =
            Pattern.compile("([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )*[0-9a-f]{2}) +(.*?) +; (.*)");

    private final StudioModels models;
    private final RunQueue queue;
    private MachineAnswer measured;

    MachineFigures(StudioModels models, RunQueue queue) {
        this.models = models;
        this.queue = queue;
    }

    List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/machine", this::machine),
                PageRoute.get("/api/kernels", this::kernels),
                PageRoute.get("/api/kernels/*", this::kernel),
                PageRoute.get("/api/weights", this::weights),
                PageRoute.get("/api/weights/histogram", this::histogram));
    }

    /**
     * What computes, for the page.
     *
     * @param peakFlops arithmetic operations a second of a large product in f32, measured here
     * @param peakBytes bytes a second of an addition of arrays that no cache holds, measured here
     */
    record MachineAnswer(String device, int threads, double peakFlops, double peakBytes, long heapUsed, long heapMax) {}

    /** Measures once, in the turn of a run, so that nothing else computes. */
    private synchronized void machine(PageCall call) {
        if (measured == null) {
            measured = queue.compute(this::measure);
        }
        call.json(measured);
    }

    private MachineAnswer measure() {
        var options = models.all().getFirst().options();
        try (Backend backend = Backends.open(options.device(), options.threads())) {
            Runtime memory = Runtime.getRuntime();
            return new MachineAnswer(
                    backend.description(),
                    backend.threads(),
                    peakFlops(backend),
                    peakBytes(backend),
                    memory.totalMemory() - memory.freeMemory(),
                    memory.maxMemory());
        }
    }

    private static double peakFlops(Backend backend) {
        float[] values = new float[SIDE * SIDE];
        Arrays.fill(values, 0.01f);
        WeightData data = WeightData.of("peak", Shape.of(SIDE, SIDE), values);
        Weight.Linear weight = backend.linearWeight(List.of(data), List.of(), DType.F32);
        float[] rows = new float[ROWS * SIDE];
        Arrays.fill(rows, 0.01f);
        return backend.scoped("", () -> {
            Tensor x = backend.tensor(ROWS, SIDE, rows);
            double seconds = best(() -> backend.linear(x, weight, Fusion.NONE), backend);
            return 2.0 * ROWS * SIDE * SIDE / seconds;
        });
    }

    private static double peakBytes(Backend backend) {
        int rows = 1 << 13;
        return backend.scoped("", () -> {
            Tensor a = backend.tensor(rows, SIDE, new float[rows * SIDE]);
            Tensor b = backend.tensor(rows, SIDE, new float[rows * SIDE]);
            double seconds = best(() -> backend.add(a, b), backend);
            return 3.0 * rows * SIDE * Float.BYTES / seconds;
        });
    }

    /** Returns the shortest time of a few tries. */
    private static double best(Supplier<Tensor> operation, Backend backend) {
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < TRIES; i++) {
            long start = System.nanoTime();
            Tensor result = operation.get();
            result.rows(0, 1).columns(0, 1).toArray(); // waits until it is computed
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
            backend.release(result);
        }
        return best;
    }

    /** The kernels of machine code of what computes, for the page. */
    record KernelsAnswer(String device, List<String> kernels) {}

    private void kernels(PageCall call) {
        call.json(new KernelsAnswer(device(), Backends.kernels(device())));
    }

    private String device() {
        return models.all().getFirst().options().device();
    }

    /**
     * A line of a kernel.
     *
     * @param at its position, or the name of a label
     * @param bytes as hexadecimal digits, empty for a label, as the rest
     */
    record KernelLine(String at, String bytes, String text, String comment) {}

    /** A kernel of machine code, for the page. */
    record KernelAnswer(String name, List<KernelLine> lines) {}

    private void kernel(PageCall call) {
        String name = call.variable(0);
        if (!Backends.kernels(device()).contains(name)) {
            throw HttpFailure.notFound(
                    "name",
                    "unknown_url",
                    "there is no kernel " + RecordJson.shown(name) + " here; GET /api/kernels lists them");
        }
        call.json(new KernelAnswer(
                name,
                Backends.listing(device(), name)
                        .lines()
                        .map(MachineFigures::line)
                        .toList()));
    }

    private static KernelLine line(String line) {
        if (line.endsWith(":")) {
            return new KernelLine(line.substring(0, line.length() - 1), "", "", "");
        }
        Matcher parts = INSTRUCTION.matcher(line);
        if (!parts.matches()) {
            throw new IllegalStateException("a listing has the line " + line);
        }
        return new KernelLine(parts.group(1), parts.group(2), parts.group(3), parts.group(4));
    }

    /** A weight of a checkpoint, for the page. */
    record WeightEntry(String name, String type, long[] shape, long count) {}

    private void weights(PageCall call) {
        try (Checkpoint checkpoint = checkpoint(call)) {
            call.json(checkpoint.tensors().stream()
                    .filter(TensorEntry::isWeight)
                    .map(entry -> new WeightEntry(
                            entry.name(),
                            entry.type().toLowerCase(Locale.ROOT),
                            extents(entry.shape()),
                            entry.shape().elements()))
                    .toList());
        }
    }

    private Checkpoint checkpoint(PageCall call) {
        return Checkpoint.open(models.find(call.text("model")).checkpoint());
    }

    private static long[] extents(Shape shape) {
        long[] extents = new long[shape.rank()];
        Arrays.setAll(extents, shape::extent);
        return extents;
    }

    /** The numbers of a weight, for the page. */
    record HistogramAnswer(String name, String type, long[] shape, WeightStatistics statistics) {}

    private void histogram(PageCall call) {
        String name = call.text("name");
        try (Checkpoint checkpoint = checkpoint(call)) {
            TensorEntry entry = checkpoint
                    .find(name)
                    .filter(TensorEntry::isWeight)
                    .filter(found -> found.shape().elements() > 0)
                    .orElseThrow(() -> HttpFailure.notFound(
                            "name",
                            "unknown_url",
                            "there is no weight " + RecordJson.shown(name) + "; GET /api/weights lists them"));
            call.json(new HistogramAnswer(
                    name,
                    entry.type().toLowerCase(Locale.ROOT),
                    extents(entry.shape()),
                    WeightStatistics.of(entry.weight())));
        }
    }
}
