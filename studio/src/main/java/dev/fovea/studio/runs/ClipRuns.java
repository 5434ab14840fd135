package dev.fovea.studio.runs;

import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.inside.CoverCurves;
import dev.fovea.studio.inside.Occlusion;
import dev.fovea.studio.inside.PicturePass;
import dev.fovea.studio.inside.RankCorrelation;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.runs.ClipRun.ComparedLabel;
import dev.fovea.studio.runs.ClipRun.TokenText;
import dev.fovea.studio.web.PageEvents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Compares a picture with labels, and covers parts of it to see what mattered. */
final class ClipRuns {

    private static final int STEPS = 16;

    /** Seed of the shuffled weights, so that a link shows the same again. */
    private static final long SEED = 1;

    private final StudioPictures pictures;
    private final RunStore store;

    ClipRuns(StudioPictures pictures, RunStore store) {
        this.pictures = pictures;
        this.store = store;
    }

    ClipRun compare(StudioModel model, RunRequest request) {
        long start = System.nanoTime();
        boolean compares = model.tasks().contains("classify");
        List<String> wanted = compares ? request.labels() : List.of();
        if (wanted == null || wanted.stream().anyMatch(String::isBlank)) {
            throw HttpFailure.badRequest("labels", "labels are missing or empty; give one to 50 texts");
        }
        Clip clip = model.clip();
        PreparedPicture prepared = pictures.use(
                request.picture(), picture -> clip.preprocessing().prepare(ClipRun.seen(picture, request.region())));
        boolean looks = model.tasks().contains("inside");
        PicturePass pass = looks ? model.inside().see(prepared) : null;
        float[] embedding = looks ? pass.embedding() : clip.embed(prepared);
        PromptTemplates templates =
                request.templates() == null || request.templates().isEmpty()
                        ? PromptTemplates.NONE
                        : PromptTemplates.of(request.templates());
        List<String> texts = compares ? templates.texts(wanted) : List.of();
        List<float[]> labels = compares ? templates.average(clip.embedTexts(texts)) : List.of();
        ClipRun run = new ClipRun(
                store.next(),
                "clip",
                model.name(),
                request.picture(),
                request.region(),
                clip.fingerprint(),
                (System.nanoTime() - start) / 1e9,
                clip.logitFactor(),
                model.scoresIndependently() ? "sigmoid" : "softmax",
                compares ? compared(model, wanted, texts, embedding, labels) : List.of(),
                looks ? ClipRun.Recorded.of(pass, model.inside()) : null,
                labels,
                embedding,
                pass,
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>());
        store.keep(run);
        return run;
    }

    private static List<ComparedLabel> compared(
            StudioModel model, List<String> labels, List<String> texts, float[] picture, List<float[]> embeddings) {
        Clip clip = model.clip();
        Map<String, LabelScore> scores = new HashMap<>();
        clip.score(picture, labels, embeddings).forEach(score -> scores.putIfAbsent(score.label(), score));
        List<ComparedLabel> compared = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            LabelScore score = scores.get(labels.get(i));
            double cosine = cosine(picture, embeddings.get(i));
            List<TokenText> tokens = Arrays.stream(clip.encode(texts.get(i * (texts.size() / labels.size()))))
                    .mapToObj(id -> new TokenText(id, model.tokenizer().tokenOf(id)))
                    .toList();
            compared.add(new ComparedLabel(labels.get(i), cosine, score.logit(), score.score(), tokens));
        }
        return compared;
    }

    private static double cosine(float[] a, float[] b) {
        double cosine = 0;
        for (int i = 0; i < a.length; i++) {
            cosine += (double) a[i] * b[i];
        }
        return cosine;
    }

    /** The map of an occlusion, for the page. */
    record OcclusionResult(String run, String map, int label, double cosine, int rows, int columns, float[] values) {}

    OcclusionResult occlude(RunRequest request, PageEvents events) {
        ClipRun run = store.find(request.run(), ClipRun.class);
        PicturePass pass = run.inside();
        int label = label(request);
        int window = window(request);
        int stride = stride(request);
        float[] text = run.embedding(label);
        int places = Occlusion.places(pass, window, stride);
        float[] map =
                Occlusion.map(pass, text, window, stride, done -> events.send("progress", progress(done, places)));
        run.occlusions().put(label, map);
        return new OcclusionResult(
                run.run(),
                "occlusion",
                label,
                run.labels().get(label).cosine(),
                pass.patchRows(),
                pass.patchColumns(),
                map);
    }

    private static int window(RunRequest request) {
        return request.window() == null ? 1 : request.window();
    }

    private static int stride(RunRequest request) {
        return request.stride() == null ? 1 : request.stride();
    }

    private static int label(RunRequest request) {
        return request.label() == null ? 0 : request.label();
    }

    private static Map<String, Object> progress(int done, int of) {
        Map<String, Object> progress = new LinkedHashMap<>();
        progress.put("done", done);
        progress.put("of", of);
        progress.put("what", "covered pictures");
        return progress;
    }

    /**
     * A map beside the one with shuffled weights, for the page.
     *
     * @param correlation of the ranks of the two
     */
    record CheckedMap(String map, double correlation, float[] values) {}

    /**
     * Maps with shuffled weights, for the page.
     *
     * @param cosine with the label, null of a model that reads no texts
     * @param kept cosine of the picture's embedding with the one that it had before
     */
    record ShuffleResult(
            String run,
            int label,
            int layers,
            Double cosine,
            double kept,
            int rows,
            int columns,
            List<CheckedMap> maps) {}

    /** Makes maps anew with the weights of the last layers shuffled. */
    ShuffleResult shuffle(StudioModel model, RunRequest request) {
        ClipRun run = store.find(request.run(), ClipRun.class);
        PicturePass pass = run.inside();
        boolean compares = !run.embeddings().isEmpty();
        int label = compares ? run.label(label(request)) : 0;
        int layers = Math.min(
                request.layers() == null ? 1 : request.layers(),
                Math.max(1, model.inside().shuffles()));
        PicturePass other = run.shuffled()
                .computeIfAbsent(
                        layers,
                        count -> pictures.use(
                                run.picture(),
                                picture ->
                                        model.inside().shuffled(count, SEED).see(ClipRun.seen(picture, run.region()))));
        List<CheckedMap> maps = new ArrayList<>();
        for (String name : maps(request)) {
            float[] map = PatchMaps.of(run, name, label);
            float[] changed = name.equals("occlusion")
                    ? Occlusion.map(other, run.embedding(label), window(request), stride(request), done -> {})
                    : PatchMaps.of(run, other, name, label);
            maps.add(new CheckedMap(name, RankCorrelation.of(map, changed), changed));
        }
        return new ShuffleResult(
                run.run(),
                label,
                layers,
                compares ? cosine(other.embedding(), run.embedding(label)) : null,
                cosine(other.embedding(), pass.embedding()),
                pass.patchRows(),
                pass.patchColumns(),
                maps);
    }

    private static List<String> maps(RunRequest request) {
        if (request.maps() == null) {
            throw HttpFailure.badRequest("maps", "maps is missing; name the maps to judge, such as rollout");
        }
        return request.maps();
    }

    /** A map's curves, for the page. */
    record JudgedMap(String map, double[] deletion, double[] insertion, double deletionArea, double insertionArea) {}

    /** The curves of several maps, for the page. */
    record CurvesResult(String run, int label, double[] covered, List<JudgedMap> maps) {}

    CurvesResult judge(RunRequest request, PageEvents events) {
        ClipRun run = store.find(request.run(), ClipRun.class);
        int label = label(request);
        int steps = request.steps() == null ? STEPS : request.steps();
        int each = 2 * (steps + 1);
        List<JudgedMap> judged = new ArrayList<>();
        double[] covered = {};
        for (String name : maps(request)) {
            float[] map = PatchMaps.of(run, name, label);
            int before = judged.size() * each;
            int all = maps(request).size() * each;
            CoverCurves curves = CoverCurves.of(
                    run.inside(),
                    run.embedding(label),
                    map,
                    steps,
                    done -> events.send("progress", progress(before + done, all)));
            covered = curves.covered();
            judged.add(new JudgedMap(
                    name, curves.deletion(), curves.insertion(), curves.deletionArea(), curves.insertionArea()));
        }
        return new CurvesResult(run.run(), label, covered, judged);
    }
}
