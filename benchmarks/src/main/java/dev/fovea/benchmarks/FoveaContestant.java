package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Runs Fovea through its public API, on the pixels and tokens that the peers get; labels without the padding that peers
 * need.
 */
final class FoveaContestant implements Contestant {

    /** Runs after which a work counts as warm, together with a time: by then all its loops are compiled. */
    private static final int WARM_RUNS = 3;

    private static final double WARM_SECONDS = 4;

    private final Backend backend;
    private final Clip clip;
    private final PeerInputs inputs;
    private final Entrant entrant;
    private final DeviceCounts counts;
    private final long warmNanos;

    /**
     * Opens the device and loads the model on it.
     *
     * @param device what computes, as {@code --device} calls it
     * @param warmSeconds how long it warms up before it is timed, null for as long as it usually takes
     */
    FoveaContestant(
            Path model, PeerInputs inputs, int threads, String device, Precision precision, Double warmSeconds) {
        warmNanos = (long) (1e9 * (warmSeconds == null ? WARM_SECONDS : warmSeconds));
        this.inputs = inputs;
        entrant = Entrant.fovea(device, precision);
        backend = Backends.open(device, threads);
        counts = new DeviceCounts(backend);
        clip = Clip.load(model, LoadOptions.on(backend).withCompute(precision));
    }

    @Override
    public Entrant entrant() {
        return entrant;
    }

    /** Returns the name of what computes. */
    String backend() {
        return backend.description();
    }

    @Override
    public Times run(Work work, int runs, int warm) {
        Supplier<List<float[]>> call = call(work);
        List<float[]> found = runs > 0 ? call.get() : List.of();
        long begin = System.nanoTime();
        for (int i = 0; warm < 0 ? i < WARM_RUNS || System.nanoTime() - begin < warmNanos : i < warm; i++) {
            found = call.get();
        }
        double[] times = new double[runs];
        counts.count(work, runs, () -> {
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                call.get();
                times[i] = (System.nanoTime() - start) / 1e6;
            }
        });
        return Times.of(times, agreement(work, found));
    }

    @Override
    public String remarks() {
        return counts.report();
    }

    private Supplier<List<float[]>> call(Work work) {
        return switch (work.kind()) {
            case IMAGES -> {
                if (work.count() > inputs.pictures()) {
                    throw new FoveaException(work.name() + ": there are " + inputs.pictures() + " pictures at most");
                }
                int length = work.count() * inputs.size() * inputs.size() * 3;
                float[] pixels = Arrays.copyOf(inputs.pixels(), length);
                yield () -> clip.embedPixels(pixels, work.count(), inputs.size(), inputs.size());
            }
            case FULL_TEXT -> () -> clip.embedTokens(List.of(inputs.fullText()));
            case USUAL_TEXT -> () -> clip.embedTokens(inputs.labels().subList(0, 1));
            case LABELS, TRIMMED_LABELS -> {
                if (work.count() > inputs.labels().size()) {
                    throw new FoveaException(
                            work.name() + ": there are " + inputs.labels().size() + " labels at most");
                }
                List<int[]> labels = inputs.labels().subList(0, work.count());
                yield () -> clip.embedTokens(labels);
            }
            case TOWER, GENERATE -> throw new FoveaException(work.name() + " is not a work of CLIP");
        };
    }

    /** Compares directions with PyTorch's answers, where there are any. */
    private Agreement agreement(Work work, List<float[]> found) {
        float[] answers = switch (work.kind()) {
            case IMAGES -> inputs.answers().image();
            case FULL_TEXT -> inputs.answers().fullText();
            default -> inputs.answers().labels();
        };
        int rows = Math.min(found.size(), answers.length / clip.dimension());
        if (rows == 0) {
            return Agreement.UNKNOWN;
        }
        float[] ours = new float[rows * clip.dimension()];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(found.get(row), 0, ours, row * clip.dimension(), clip.dimension());
        }
        return Agreement.of(ours, Arrays.copyOf(answers, ours.length), clip.dimension(), true);
    }

    @Override
    public void close() {
        clip.close();
        backend.close();
    }
}
