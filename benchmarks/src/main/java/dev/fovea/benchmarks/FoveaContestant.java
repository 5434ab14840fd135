package dev.fovea.benchmarks;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Fovea through its public API, on the pixels and tokens that the peers get; labels without the padding that peers need. */
final class FoveaContestant implements Contestant {

    /** Rounding makes differences of some 1e-6; more than this is a mistake, and timing it would be pointless. */
    private static final double TOLERANCE = 1e-4;

    /** A work counts as warm after as many runs and as long a time: by then all its loops are compiled. */
    private static final int WARM_RUNS = 3;

    private static final long WARM_NANOS = 4_000_000_000L;

    private final Backend backend;
    private final Clip clip;
    private final PeerInputs inputs;
    private final String device;
    private final DeviceCounts counts;

    /**
     * @param device what computes, as {@code --device} calls it
     */
    FoveaContestant(Path model, PeerInputs inputs, int threads, String device) {
        this.inputs = inputs;
        this.device = device;
        backend = Backends.open(device, threads);
        counts = new DeviceCounts(backend);
        clip = Clip.load(model, backend);
    }

    Clip clip() {
        return clip;
    }

    @Override
    public String name() {
        return Contestant.foveaOn(device);
    }

    /** What computes. */
    String backend() {
        return backend.description();
    }

    @Override
    public Times run(Work work, int runs, int warm) {
        Supplier<List<float[]>> call = call(work);
        List<float[]> found = runs > 0 ? call.get() : List.of();
        long begin = System.nanoTime();
        for (int i = 0; warm < 0 ? i < WARM_RUNS || System.nanoTime() - begin < WARM_NANOS : i < warm; i++) {
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
        return new Times(times, difference(work, found));
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

    /** Compares directions with PyTorch's answers, as far as there are any. */
    private double difference(Work work, List<float[]> found) {
        float[] answers = switch (work.kind()) {
            case IMAGES -> inputs.answers().image();
            case FULL_TEXT -> inputs.answers().fullText();
            default -> inputs.answers().labels();
        };
        double largest = 0;
        double difference = 0;
        for (int row = 0; row < found.size() && (row + 1) * clip.dimension() <= answers.length; row++) {
            float[] ours = found.get(row);
            double squares = 0;
            for (int i = 0; i < ours.length; i++) {
                squares += Math.pow(answers[row * ours.length + i], 2);
            }
            for (int i = 0; i < ours.length; i++) {
                double theirs = answers[row * ours.length + i] / Math.sqrt(squares);
                largest = Math.max(largest, Math.abs(theirs));
                difference = Math.max(difference, Math.abs(theirs - ours[i]));
            }
        }
        if (!(difference / largest <= TOLERANCE)) {
            throw new FoveaException(work.name() + ": the result differs by " + difference / largest
                    + " from PyTorch's; no use in timing it");
        }
        return difference / largest;
    }

    @Override
    public void close() {
        clip.close();
        backend.close();
    }
}
