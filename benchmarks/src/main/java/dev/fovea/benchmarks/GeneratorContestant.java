package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Fovea's models that write text about pictures, through their public API, on the pixels that the peers get. */
final class GeneratorContestant implements Contestant {

    private static final double TOLERANCE = 1e-4;
    private static final int WARM_RUNS = 2;
    private static final long WARM_NANOS = 6_000_000_000L;

    private final String device;
    private final Backend backend;
    private final DeviceCounts counts;
    private final Model model;
    private final DType storage;
    private final float[] pixels;
    private final int size;
    private final float[] tower;

    /**
     * A model, open.
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
            BiConsumer<Pixels, GenerationOptions> writer,
            Runnable close) {

        static Model blip(Path folder, Backend backend, DType storage) {
            BlipCaptioner blip =
                    BlipCaptioner.load(folder, LoadOptions.on(backend).withWeights(storage));
            List<int[]> prompt = List.of(blip.prompt(null));
            return new Model(
                    blip.config().vision().imageWidth(),
                    blip::imageTokens,
                    GenerationOptions.DEFAULT,
                    (pixels, options) -> blip.generate(pixels, prompt, options, null),
                    blip::close);
        }

        static Model florence(Path folder, Backend backend, DType storage) {
            Florence2 florence = Florence2.load(folder, LoadOptions.on(backend).withWeights(storage));
            List<int[]> prompt = List.of(florence.encode(FlorenceTask.OD.prompt(null)));
            return new Model(
                    florence.preprocessing().height(),
                    florence::imageTokens,
                    florence.defaults(),
                    (pixels, options) -> florence.generate(pixels, prompt, options, null),
                    florence::close);
        }
    }

    /**
     * Loads a model.
     *
     * @param florence whether it is Florence-2, else a BLIP captioner
     * @param cache what the peers have written: inputs and answers
     * @param storage how matrices are stored, null for as in the file
     * @param device what computes, as {@code --device} calls it
     */
    GeneratorContestant(Path folder, boolean florence, Path cache, int threads, DType storage, String device) {
        this.storage = storage;
        this.device = device;
        backend = Backends.open(device, threads);
        counts = new DeviceCounts(backend);
        model = florence ? Model.florence(folder, backend, storage) : Model.blip(folder, backend, storage);
        size = model.size;
        try (Checkpoint inputs = Checkpoint.open(cache.resolve("inputs.safetensors"));
                Checkpoint answers = Checkpoint.open(cache.resolve("answers.safetensors"))) {
            float[] planes = inputs.find("pixels").orElseThrow().weight().toFloats();
            pixels = PeerInputs.channelsLast(planes, planes.length / (3 * size * size), size);
            tower = answers.find("tower").orElseThrow().weight().toFloats();
        }
    }

    @Override
    public String name() {
        return Contestant.foveaOn(device) + (storage == null ? "" : " " + storage);
    }

    String backend() {
        return backend.description();
    }

    private Pixels pictures(int count) {
        return new Pixels(Arrays.copyOf(pixels, count * size * size * 3), new Grid(count, size, size));
    }

    @Override
    public Times run(Work work, int runs, int warm) {
        Supplier<Double> call = call(work);
        double difference = 0;
        long begin = System.nanoTime();
        for (int i = 0; warm < 0 ? i < WARM_RUNS || System.nanoTime() - begin < WARM_NANOS : i < warm; i++) {
            difference = call.get();
        }
        double[] times = new double[runs];
        counts.count(work, runs, () -> {
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                call.get();
                times[i] = (System.nanoTime() - start) / 1e6;
            }
        });
        return new Times(times, difference);
    }

    @Override
    public String remarks() {
        return counts.report();
    }

    private Supplier<Double> call(Work work) {
        Pixels given = pictures(work.kind() == Work.Kind.TOWER ? work.count() : 1);
        if (work.kind() == Work.Kind.TOWER) {
            return () -> difference(work, model.tower.apply(given));
        }
        GenerationOptions options = model.options.with(o -> {
            o.maxNewTokens = work.count();
            o.minNewTokens = work.count();
            o.beams = work.beams();
        });
        return () -> {
            model.writer.accept(given, options);
            return 0.0;
        };
    }

    private double difference(Work work, float[] found) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < tower.length; i++) {
            largest = Math.max(largest, Math.abs(tower[i]));
            difference = Math.max(difference, Math.abs(tower[i] - found[i]));
        }
        if (storage == null && !(difference / largest <= TOLERANCE)) {
            throw new FoveaException(work.name() + ": the result differs by " + difference / largest
                    + " from PyTorch's; no use in timing it");
        }
        return difference / largest;
    }

    @Override
    public void close() {
        model.close.run();
        backend.close();
    }
}
