package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.WeightType;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs Fovea's models that write text about pictures, through their public API, on the pixels that the peers get. */
final class GeneratorContestant implements Contestant {

    private static final int WARM_RUNS = 2;
    private static final double WARM_SECONDS = 6;

    private final Entrant entrant;
    private final Backend backend;
    private final DeviceCounts counts;
    private final long warmNanos;
    private final Model model;
    private final float[] pixels;
    private final int size;
    private final float[] tower;
    private final int towerColumns;

    /**
     * Holds an open model.
     *
     * @param size side of its pictures
     * @param tower pixels to image tokens
     * @param options how it generates where nothing else is said
     * @param writer generates about one picture
     */
    private record Model(
            int size,
            Function<Pixels, float[]> tower,
            GenerationOptions options,
            BiFunction<Pixels, GenerationOptions, List<Generation>> writer,
            Runnable close) {

        static Model blip(Path folder, LoadOptions loading) {
            BlipCaptioner blip = BlipCaptioner.load(folder, loading);
            List<int[]> prompt = List.of(blip.prompt());
            return new Model(
                    blip.preprocessing().width(),
                    blip::imageTokens,
                    GenerationOptions.DEFAULT,
                    (pixels, options) -> blip.generate(pixels, prompt, options, GenerationListener.NONE),
                    blip::close);
        }

        static Model florence(Path folder, LoadOptions loading) {
            Florence2 florence = Florence2.load(folder, loading);
            List<int[]> prompt =
                    List.of(florence.encode(FlorencePrompt.of(FlorenceTask.OD).sentence()));
            return new Model(
                    florence.preprocessing().height(),
                    florence::imageTokens,
                    florence.defaults(),
                    (pixels, options) -> florence.generate(pixels, prompt, options, GenerationListener.NONE),
                    florence::close);
        }
    }

    /**
     * Loads a model.
     *
     * @param florence whether it is Florence-2, else a BLIP captioner
     * @param cache what the peers have written: inputs and answers
     * @param device what computes, as {@code --device} calls it
     * @param storage how matrices are stored
     * @param warmSeconds how long it warms up before it is timed, null for as long as it usually takes
     */
    GeneratorContestant(
            Path folder,
            boolean florence,
            Path cache,
            int threads,
            String device,
            Precision precision,
            WeightType storage,
            Double warmSeconds) {
        warmNanos = (long) (1e9 * (warmSeconds == null ? WARM_SECONDS : warmSeconds));
        Entrant plain = Entrant.fovea(device, precision);
        entrant = storage == WeightType.STORED
                ? plain
                : new Entrant(plain.name() + " " + storage + " weights", precision, true, false);
        backend = Backends.open(device, threads);
        counts = new DeviceCounts(backend);
        LoadOptions loading = LoadOptions.on(backend).withWeights(storage).withCompute(precision);
        model = florence ? Model.florence(folder, loading) : Model.blip(folder, loading);
        size = model.size;
        try (Checkpoint inputs = Checkpoint.open(cache.resolve("inputs.safetensors"));
                Checkpoint answers = Checkpoint.open(cache.resolve("answers.safetensors"))) {
            float[] planes = inputs.find("pixels").orElseThrow().weight().toFloats();
            pixels = PeerInputs.channelsLast(planes, planes.length / (3 * size * size), size);
            TensorEntry answer = answers.find("tower").orElseThrow();
            tower = answer.weight().toFloats();
            towerColumns = Math.toIntExact(answer.shape().extent(2));
        }
    }

    @Override
    public Entrant entrant() {
        return entrant;
    }

    String backend() {
        return backend.description();
    }

    private Pixels pictures(int count) {
        return new Pixels(Arrays.copyOf(pixels, count * size * size * 3), new Grid(count, size, size));
    }

    @Override
    public Times run(Work work, int runs, int warm) {
        Supplier<Answer> call = call(work);
        Answer answer = Answer.NONE;
        long begin = System.nanoTime();
        for (int i = 0; warm < 0 ? i < WARM_RUNS || System.nanoTime() - begin < warmNanos : i < warm; i++) {
            answer = call.get();
        }
        double[] times = new double[runs];
        counts.count(work, runs, () -> {
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                call.get();
                times[i] = (System.nanoTime() - start) / 1e6;
            }
        });
        return new Times(times, answer.agreement, answer.tokens);
    }

    @Override
    public String remarks() {
        return counts.report();
    }

    /** Holds what a run gives: image tokens that are compared with PyTorch's, or a text's tokens. */
    private record Answer(Agreement agreement, int[] tokens) {
        static final Answer NONE = new Answer(Agreement.UNKNOWN, new int[0]);
    }

    private Supplier<Answer> call(Work work) {
        Pixels given = pictures(work.kind() == Work.Kind.TOWER ? work.count() : 1);
        if (work.kind() == Work.Kind.TOWER) {
            return () -> {
                float[] first = Arrays.copyOf(model.tower.apply(given), tower.length);
                return new Answer(Agreement.of(first, tower, towerColumns, false), new int[0]);
            };
        }
        GenerationOptions options = model.options.with(o -> {
            o.maxNewTokens(work.count());
            o.minNewTokens(work.count());
            o.beams(work.beams());
        });
        return () -> {
            List<Generation> written = model.writer.apply(given, options);
            return new Answer(Agreement.UNKNOWN, written.getFirst().best().tokens());
        };
    }

    @Override
    public void close() {
        model.close.run();
        backend.close();
    }
}
