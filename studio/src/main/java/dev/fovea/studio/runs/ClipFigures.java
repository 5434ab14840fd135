package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.inside.Contributions;
import dev.fovea.studio.inside.LogitLens;
import dev.fovea.studio.inside.PatchColours;
import dev.fovea.studio.inside.PatchTokens;
import dev.fovea.studio.inside.PicturePass;
import dev.fovea.studio.inside.TowerPass;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Answers with the figures of a run of a CLIP. */
final class ClipFigures {

    private static final Set<String> SIGNED =
            Set.of("contributions", "maskclip", "surgery", "similarity", "occlusion", "grad-eclip");

    private final RunStore store;
    private final RunQueue queue;
    private final StudioModels models;

    ClipFigures(RunStore store, RunQueue queue, StudioModels models) {
        this.store = store;
        this.queue = queue;
        this.models = models;
    }

    List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/runs/*/maps/*", this::map),
                PageRoute.get("/api/runs/*/attention", this::attention),
                PageRoute.get("/api/runs/*/reading", this::reading),
                PageRoute.get("/api/runs/*/text/attention", this::textAttention),
                PageRoute.get("/api/runs/*/pca", this::colours),
                PageRoute.get("/api/runs/*/norms", this::norms),
                PageRoute.get("/api/runs/*/state", this::state),
                PageRoute.get("/api/runs/*/patch", this::patch),
                PageRoute.get("/api/runs/*/embedding", this::embedding),
                PageRoute.get("/api/runs/*/contributions", this::contributions),
                PageRoute.get("/api/runs/*/lens", this::lens),
                PageRoute.get("/api/runs/*/score", this::score));
    }

    private ClipRun run(PageCall call) {
        return store.find(call.variable(0), ClipRun.class);
    }

    private void map(PageCall call) {
        ClipRun run = run(call);
        PicturePass pass = run.inside();
        String method = call.variable(1);
        float[] map = PatchMaps.of(run, method, call);
        if (SIGNED.contains(method)) {
            call.answerHeader("X-Fovea-Signed", "1");
        }
        call.floats(map, pass.patchRows(), pass.patchColumns());
    }

    private void attention(PageCall call) {
        TowerPass tower = run(call).inside().tower();
        attention(tower, call, Math.max(0, tower.pooledToken()));
    }

    /** Answers with the attention that the embedding is read with, the last of all. */
    private void reading(PageCall call) {
        float[][] rows = run(call).inside().reading();
        float[] all = new float[rows.length * rows[0].length];
        for (int head = 0; head < rows.length; head++) {
            System.arraycopy(rows[head], 0, all, head * rows[0].length, rows[0].length);
        }
        call.floats(all, rows.length, rows[0].length);
    }

    private static void attention(TowerPass tower, PageCall call, int usualQuery) {
        if (tower.layers() == 0) {
            throw HttpFailure.refused(
                    409,
                    "cannot",
                    "this tower has no layers of tokens, so there is no attention of layers; of a ResNet the pooling"
                            + " attends, see .../reading");
        }
        int layer = call.number("layer", tower.layers() - 1, tower.layers() - 1);
        int query = call.number("query", usualQuery, tower.tokens() - 1);
        if (!tower.computes(layer, query)) {
            throw HttpFailure.badRequest(
                    "query",
                    "the last layer computes token " + tower.pooledToken() + " only, so token " + query
                            + " has no attention there; look at the layer before");
        }
        float[] rows = new float[tower.heads() * tower.tokens()];
        for (int head = 0; head < tower.heads(); head++) {
            System.arraycopy(tower.attention(layer, head, query), 0, rows, head * tower.tokens(), tower.tokens());
        }
        call.floats(rows, tower.heads(), tower.tokens());
    }

    /** Runs the text tower when its attention is asked for, since few look at it. */
    private void textAttention(PageCall call) {
        ClipRun run = run(call);
        run.inside();
        int label = call.number("label", 0, Math.max(0, run.labels().size() - 1));
        TowerPass pass = run.texts().get(label);
        if (pass == null) {
            String text = run.labels().get(label).label();
            pass = queue.compute(() -> models.find(run.model()).inside().read(text));
            run.texts().put(label, pass);
        }
        attention(pass, call, Math.max(0, pass.pooledToken()));
    }

    private void colours(PageCall call) {
        PicturePass pass = run(call).inside();
        int last = pass.tower().lastWhole();
        call.floats(PatchColours.of(pass, call.number("layer", last, last)), pass.patches(), 3);
    }

    private void norms(PageCall call) {
        TowerPass tower = run(call).inside().tower();
        call.floats(PatchTokens.norms(tower), tower.layers() + 1, tower.tokens());
    }

    private void state(PageCall call) {
        TowerPass tower = run(call).inside().tower();
        int layer = call.number("layer", tower.layers(), tower.layers());
        int token = call.number("token", 0, tower.tokens() - 1);
        if (layer > 0 && !tower.computes(layer - 1, token)) {
            throw HttpFailure.badRequest(
                    "token",
                    "the last layer computes token " + tower.pooledToken() + " only; look at the layer before");
        }
        call.floats(tower.state(layer, token), tower.hiddenSize());
    }

    private void patch(PageCall call) {
        PicturePass pass = run(call).inside();
        int index = call.number("index", 0, pass.patches() - 1);
        call.floats(pass.patch(index), pass.patchHeight(), pass.patchWidth(), 3);
    }

    private void embedding(PageCall call) {
        ClipRun run = run(call);
        int dimension = run.picked().length;
        float[] all = Arrays.copyOf(run.picked(), (1 + run.embeddings().size()) * dimension);
        for (int label = 0; label < run.embeddings().size(); label++) {
            System.arraycopy(run.embeddings().get(label), 0, all, (1 + label) * dimension, dimension);
        }
        call.floats(all, 1 + run.embeddings().size(), dimension);
    }

    /** What a cosine is made of, for the page. */
    record ContributionsAnswer(
            String label, double cosine, double sum, List<Contributions.Term> terms, double[][] heads) {}

    private void contributions(PageCall call) {
        ClipRun run = run(call);
        int label = run.label(call.number("label", 0, 49));
        Contributions all = Contributions.of(run.inside(), run.embedding(label));
        double[][] heads = new double[all.layers()][all.heads()];
        for (int layer = 0; layer < heads.length; layer++) {
            for (int head = 0; head < heads[layer].length; head++) {
                heads[layer][head] = all.head(layer, head);
            }
        }
        call.json(
                new ContributionsAnswer(run.labels().get(label).label(), all.cosine(), all.sum(), all.terms(), heads));
    }

    /** What the head says after each layer, for the page. */
    record LensAnswer(List<String> labels, double[][] cosines, int[][] ranks) {}

    private void lens(PageCall call) {
        ClipRun run = run(call);
        double[][] cosines = LogitLens.of(run.inside(), run.embeddings());
        int[][] ranks = Arrays.stream(cosines).map(ClipFigures::ranks).toArray(int[][]::new);
        call.json(new LensAnswer(
                run.labels().stream().map(ClipRun.ComparedLabel::label).toList(), cosines, ranks));
    }

    /** Returns the place of each number, 1 for the largest. */
    private static int[] ranks(double[] values) {
        int[] ranks = new int[values.length];
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int place = 0; place < order.length; place++) {
            ranks[order[place]] = place + 1;
        }
        return ranks;
    }

    /** A label and its cosine, for the page. */
    record LabelCosine(String label, double cosine) {}

    /** What a score is made of, for the page. */
    record ScoreAnswer(float logitFactor, String scoring, List<LabelCosine> labels) {}

    private void score(PageCall call) {
        ClipRun run = run(call);
        call.json(new ScoreAnswer(
                run.logitFactor(),
                run.scoring(),
                run.labels().stream()
                        .map(label -> new LabelCosine(label.label(), label.cosine()))
                        .toList()));
    }
}
