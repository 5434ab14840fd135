package dev.fovea.studio.runs;

import dev.fovea.models.generation.GenerationListener.Candidate;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.DecodedPicture;
import dev.fovea.studio.inside.GenerationTrace;
import dev.fovea.studio.runs.WrittenRun.WrittenWord;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Answers with the figures of a run that wrote: where each word looked, the tree of beams. */
final class WritingFigures {

    private static final int TOP = 5;

    private final RunStore store;
    private final RunQueue queue;

    WritingFigures(RunStore store, RunQueue queue) {
        this.store = store;
        this.queue = queue;
    }

    List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/runs/*/words", this::words),
                PageRoute.get("/api/runs/*/words/map", this::map),
                PageRoute.get("/api/runs/*/words/lens", this::lens),
                PageRoute.get("/api/runs/*/beams", this::beams));
    }

    private WrittenRun run(PageCall call) {
        return store.find(call.variable(0), WrittenRun.class);
    }

    private static DecodedPicture cross(WrittenRun run) {
        if (run.crossAttention() == null) {
            throw HttpFailure.refused(
                    409,
                    "cannot",
                    "the decoder of " + run.model() + " does not read the picture itself here, so words have no map;"
                            + " choose a caption, or a Florence-2");
        }
        return run.crossAttention();
    }

    /** The share of a word's attention on each kind of state. */
    record Mass(double picture, double other, double prompt) {}

    /** A word with its share, for the page. */
    record WordAnswer(String text, List<Integer> tokens, double probability, Mass mass) {}

    /** All words, for the page. */
    record WordsAnswer(List<WordAnswer> words) {}

    private void words(PageCall call) {
        WrittenRun run = run(call);
        List<WordAnswer> words = new ArrayList<>();
        for (WrittenWord word : run.words()) {
            Mass mass = null;
            float[] all = run.crossAttention() == null ? null : attention(run, word, -1, -1);
            if (all != null) {
                DecodedPicture sizes = run.crossAttention();
                int places = sizes.rows() * sizes.columns();
                mass = new Mass(
                        sum(all, sizes.before(), sizes.before() + places),
                        sum(all, 0, sizes.before()),
                        sum(all, sizes.before() + places, all.length));
            }
            words.add(new WordAnswer(word.text(), word.tokens(), word.probability(), mass));
        }
        call.json(new WordsAnswer(words));
    }

    private static double sum(float[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum;
    }

    /** Returns the mean over the tokens of a word; null where it was not kept. */
    private static float[] attention(WrittenRun run, WrittenWord word, int layer, int head) {
        GenerationTrace trace = run.trace();
        float[] mean = new float[trace.keys()];
        for (int token : word.tokens()) {
            int row = trace.row(run.written(), run.promptLength(), token);
            float[] one = trace.attention(token, row, run.crossAttention().heads(), layer, head);
            if (one == null) {
                return null;
            }
            for (int key = 0; key < mean.length; key++) {
                mean[key] += one[key] / word.tokens().size();
            }
        }
        return mean;
    }

    /** Answers with the places of the picture alone, which sum to 1, or with their difference to the mean word. */
    private void map(PageCall call) {
        WrittenRun run = run(call);
        DecodedPicture sizes = cross(run);
        if (run.words().isEmpty()) {
            throw HttpFailure.badRequest("word", "the answer has no words; ask for another");
        }
        int layer = call.has("layer") ? call.number("layer", 0, sizes.layers() - 1) : -1;
        int head = call.has("head") ? call.number("head", 0, sizes.heads() - 1) : -1;
        WrittenWord word = run.words().get(call.number("word", 0, run.words().size() - 1));
        float[] map = places(run, word, layer, head);
        if (call.has("minusMean")) {
            float[] mean = new float[map.length];
            for (WrittenWord each : run.words()) {
                float[] one = places(run, each, layer, head);
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += one[i] / run.words().size();
                }
            }
            for (int i = 0; i < map.length; i++) {
                map[i] -= mean[i];
            }
            call.answerHeader("X-Fovea-Signed", "1");
        }
        call.floats(map, sizes.rows(), sizes.columns());
    }

    private static float[] places(WrittenRun run, WrittenWord word, int layer, int head) {
        DecodedPicture sizes = run.crossAttention();
        float[] all = attention(run, word, layer, head);
        if (all == null) {
            throw HttpFailure.notFound(
                    "word",
                    "no_run",
                    "attention of this word was not kept, since the text is long; ask for fewer tokens or beams");
        }
        float[] places = Arrays.copyOfRange(all, sizes.before(), sizes.before() + sizes.rows() * sizes.columns());
        double sum = sum(places, 0, places.length);
        for (int i = 0; i < places.length; i++) {
            places[i] = (float) (places[i] / sum);
        }
        return places;
    }

    /**
     * What a layer would have written.
     *
     * @param rank of the token that was written, 1 for the most probable
     * @param probability of that token
     */
    record LayerWord(int rank, double probability, List<WrittenRun.OtherToken> top) {}

    /** What each layer would have written, for the page. */
    record WordLensAnswer(int id, String text, List<LayerWord> layers) {}

    private void lens(PageCall call) {
        WrittenRun run = run(call);
        if (run.tokens().isEmpty()) {
            throw HttpFailure.badRequest("token", "the answer has no tokens; ask for another");
        }
        int token = call.number("token", 0, run.tokens().size() - 1);
        GenerationTrace trace = run.trace();
        List<float[]> layers = token < trace.steps().size()
                ? queue.compute(() -> trace.logitLens(token, trace.row(run.written(), run.promptLength(), token)))
                : List.of();
        if (layers.isEmpty()) {
            throw HttpFailure.notFound(
                    "token",
                    "no_run",
                    "the layers of this token were not kept, since the text is long or the token was forced; choose an"
                            + " earlier one");
        }
        int id = run.tokens().get(token).id();
        call.json(new WordLensAnswer(
                id,
                run.spell().apply(id),
                layers.stream().map(layer -> word(run, layer, id)).toList()));
    }

    private static LayerWord word(WrittenRun run, float[] logProbabilities, int id) {
        int rank = 1;
        for (float other : logProbabilities) {
            rank += other > logProbabilities[id] ? 1 : 0;
        }
        List<WrittenRun.OtherToken> top = IntStream.range(0, logProbabilities.length)
                .boxed()
                .sorted(Comparator.comparing(token -> -logProbabilities[token]))
                .limit(TOP)
                .map(token ->
                        new WrittenRun.OtherToken(token, run.spell().apply(token), Math.exp(logProbabilities[token])))
                .toList();
        return new LayerWord(rank, Math.exp(logProbabilities[id]), top);
    }

    /** A sequence that lives on. */
    record LiveBeam(String text, double score) {}

    /** A continuation that the search looked at. */
    record SeenCandidate(int beam, int id, String text, double probability, double score, boolean kept) {}

    /** A step of the search. */
    record BeamStep(List<LiveBeam> beams, List<SeenCandidate> candidates) {}

    /** All steps, for the page. */
    record BeamsAnswer(int beams, List<BeamStep> steps) {}

    private void beams(PageCall call) {
        WrittenRun run = run(call);
        List<BeamStep> steps = new ArrayList<>();
        for (GenerationTrace.Step step : run.trace().steps()) {
            List<LiveBeam> live = new ArrayList<>();
            for (int beam = 0; beam < step.live().size(); beam++) {
                String text = run.decode().apply(step.live().get(beam));
                live.add(new LiveBeam(text, step.scores().get(beam)));
            }
            steps.add(new BeamStep(
                    live, step.candidates().stream().map(one -> seen(run, one)).toList()));
        }
        call.json(new BeamsAnswer(run.beams(), steps));
    }

    private static SeenCandidate seen(WrittenRun run, Candidate one) {
        return new SeenCandidate(
                one.sequence(),
                one.token(),
                run.spell().apply(one.token()),
                Math.exp(one.logProbability()),
                one.score(),
                one.kept());
    }
}
