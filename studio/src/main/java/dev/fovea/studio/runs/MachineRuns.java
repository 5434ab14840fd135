package dev.fovea.studio.runs;

import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.runs.MachineRun.TimedOperation;
import dev.fovea.studio.runs.MachineRun.TimedSpan;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.observe.TimelineBackend;
import dev.fovea.tensor.observe.TimelineBackend.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Times one call of a model, and compares precisions. */
final class MachineRuns {

    /** Texts are written this far, so that their time line can be read. */
    private static final int TOKENS = 8;

    private final StudioPictures pictures;
    private final RunStore store;

    MachineRuns(StudioPictures pictures, RunStore store) {
        this.pictures = pictures;
        this.store = store;
    }

    /** Calls a model with a wrapper around its backend. */
    @FunctionalInterface
    private interface Observed {
        void call(UnaryOperator<Backend> wrapper, Supplier<Object> work);
    }

    MachineRun time(StudioModel model, RunRequest request) {
        Supplier<Object> work;
        Observed observed;
        if (model.embedsPictures()) {
            Clip clip = model.clip();
            PreparedPicture picture = pictures.use(request.picture(), clip.preprocessing()::prepare);
            work = () -> clip.embed(picture);
            observed = clip::observed;
        } else if (model.isFlorence()) {
            Florence2 florence = model.florence();
            PreparedPicture picture = pictures.use(request.picture(), florence.preprocessing()::prepare);
            GenerationOptions options = florence.defaults().with(change -> change.maxNewTokens(TOKENS));
            work = () -> florence.runAll(
                    List.of(picture),
                    new int[1],
                    FlorencePrompt.of(FlorenceTask.CAPTION),
                    options,
                    GenerationListener.NONE);
            observed = florence::observed;
        } else if (model.tasks().contains("caption")) {
            BlipCaptioner blip = model.captioner();
            PreparedPicture picture = pictures.use(request.picture(), blip.preprocessing()::prepare);
            GenerationOptions options = blip.defaults().with(change -> change.maxNewTokens(TOKENS));
            work = () -> blip.captionAll(List.of(picture), new int[1], options, GenerationListener.NONE);
            observed = blip::observed;
        } else {
            throw HttpFailure.refused(
                    409, "cannot", model.name() + " has no time line; choose a CLIP, a captioner or a Florence-2");
        }
        work.get(); // the first call compiles and warms caches
        TimelineBackend[] timeline = new TimelineBackend[1];
        long start = System.nanoTime();
        observed.call(
                backend -> {
                    timeline[0] = new TimelineBackend(backend);
                    return timeline[0];
                },
                work);
        double seconds = (System.nanoTime() - start) / 1e9;
        List<Span> spans = timeline[0].spans();
        MachineRun run = new MachineRun(
                store.next(),
                "machine",
                model.name(),
                request.picture(),
                seconds,
                spans.stream().map(span -> timed(span, start)).toList(),
                sums(spans, false),
                sums(spans, true));
        store.keep(run);
        return run;
    }

    private static TimedSpan timed(Span span, long start) {
        double from = (span.start() - start) / 1e6;
        double to = (span.end() - start) / 1e6;
        return span.call() == null
                ? new TimedSpan(span.name(), span.depth(), from, to, "scope", null, null, null)
                : new TimedSpan(
                        span.name(),
                        span.depth(),
                        from,
                        to,
                        "operation",
                        span.call().weight(),
                        span.call().flop(),
                        span.call().bytes());
    }

    private static List<TimedOperation> sums(List<Span> spans, boolean byWeight) {
        Map<List<String>, TimedOperation> sums = new LinkedHashMap<>();
        for (Span span : spans) {
            if (span.call() != null) {
                String weight = byWeight ? span.call().weight() : "";
                TimedOperation one = new TimedOperation(
                        span.name(),
                        weight,
                        1,
                        (span.end() - span.start()) / 1e6,
                        span.call().flop(),
                        span.call().bytes());
                sums.merge(List.of(span.name(), weight), one, MachineRuns::and);
            }
        }
        List<TimedOperation> all = new ArrayList<>(sums.values());
        all.sort(Comparator.comparing(TimedOperation::milliseconds).reversed());
        return all;
    }

    private static TimedOperation and(TimedOperation a, TimedOperation b) {
        return new TimedOperation(
                a.operation(),
                a.weight(),
                a.calls() + b.calls(),
                a.milliseconds() + b.milliseconds(),
                a.flop() + b.flop(),
                a.bytes() + b.bytes());
    }

    /**
     * A precision of the linear layers and its answer.
     *
     * @param cosines of the picture with the labels
     * @param change 1 minus the cosine of the picture's embedding with that in f32
     * @param seconds of one call after a first one
     */
    record ComparedPrecision(String compute, double[] cosines, double change, double seconds) {}

    /** Precisions compared, for the page. */
    record PrecisionResult(String kind, String model, String picture, List<ComparedPrecision> precisions) {}

    PrecisionResult precisions(StudioModel model, RunRequest request) {
        if (request.labels() == null) {
            throw HttpFailure.badRequest("labels", "labels are missing; give one to 50 texts");
        }
        List<ComparedPrecision> compared = new ArrayList<>();
        float[] exact = null;
        for (Precision precision : Precision.values()) {
            try (Clip clip = Clip.load(model.folder(), model.options().withCompute(precision))) {
                PreparedPicture picture = pictures.use(request.picture(), clip.preprocessing()::prepare);
                clip.embed(picture); // the first call compiles and warms caches
                long start = System.nanoTime();
                float[] vector = clip.embed(picture);
                double seconds = (System.nanoTime() - start) / 1e9;
                exact = exact == null ? vector : exact;
                double[] cosines = clip.embedTexts(request.labels()).stream()
                        .mapToDouble(label -> dot(vector, label))
                        .toArray();
                compared.add(new ComparedPrecision(precision.toString(), cosines, 1 - dot(vector, exact), seconds));
            }
        }
        return new PrecisionResult("precision", model.name(), request.picture(), compared);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
