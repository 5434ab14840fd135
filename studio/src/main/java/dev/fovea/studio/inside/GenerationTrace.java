package dev.fovea.studio.inside;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.observe.RecordingBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows a model that writes about one picture: what each step of the search chose from and rejected, what the
 * decoder's cross-attention looked at while it chose, and what each layer would have written.
 *
 * <pre>{@code
 * GenerationTrace trace = new GenerationTrace(listener);
 * blip.observed(trace::wrap, () -> blip.captionAll(List.of(picture), new int[1], options, trace));
 * }</pre>
 *
 * <p>Attention is kept for the sequences of every step until some 100 MB are full, and no longer after that. Not safe
 * to use from several threads.
 */
public final class GenerationTrace implements GenerationListener {

    /** Cross-attention is the second attention of a decoder's block; one picture is one segment. */
    private static final Pattern CROSS = Pattern.compile(".*decoder.*\\.(\\d+)\\.attention\\.probabilities#2\\[0]");

    /** What a layer of the decoder returns, one row for each token that it read. */
    private static final Pattern LAYER = Pattern.compile(".*decoder.*\\.layers?\\.(\\d+)(#\\d+)?");

    private static final Predicate<String> WANTED =
            name -> CROSS.matcher(name).matches() || LAYER.matcher(name).matches();

    private static final long MOST_NUMBERS = 25_000_000;

    private final GenerationListener listener;
    private final List<Step> steps = new ArrayList<>();
    private List<float[]> layers = new ArrayList<>();
    private List<float[]> states = new ArrayList<>();
    private OutputLayer output;
    private int keys;
    private long numbers;
    private List<Candidate> chosenFrom = List.of();
    private List<int[]> before;

    /**
     * A step of the search.
     *
     * @param before tokens of the sequences that were continued; null before the first step, where they are the prompt
     * @param candidates what was chosen from
     * @param live tokens of the sequences that live on, the best first
     * @param scores of the sequences that live on: sums of logarithms of probabilities
     * @param attention for every layer {@code [heads * queries, keys]}; empty where it is not kept
     * @param states for every layer {@code [rows, hidden]}, what it returned for the tokens that were read; empty where
     *     it is not kept
     */
    public record Step(
            List<int[]> before,
            List<Candidate> candidates,
            List<int[]> live,
            List<Float> scores,
            List<float[]> attention,
            List<float[]> states) {}

    /**
     * Starts a trace.
     *
     * @param listener is told of every token, too
     */
    public GenerationTrace(GenerationListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener is null");
    }

    /** Wraps the backend of the model so that cross-attention is recorded. */
    public Backend wrap(Backend backend) {
        output = new OutputLayer(backend);
        return new RecordingBackend(output, WANTED, this::record);
    }

    private void record(RecordingBackend.Recording recording) {
        Matcher layer = LAYER.matcher(recording.name());
        if (layer.matches()) {
            if (Integer.parseInt(layer.group(1)) == 0) {
                states = new ArrayList<>();
            }
            numbers += recording.values().length;
            states.add(recording.values());
            return;
        }
        Matcher name = CROSS.matcher(recording.name());
        if (name.matches() && Integer.parseInt(name.group(1)) == 0) {
            layers = new ArrayList<>();
        }
        keys = recording.columns();
        if (numbers < MOST_NUMBERS) {
            numbers += recording.values().length;
            layers.add(recording.values());
        }
    }

    @Override
    public boolean wantsCandidates() {
        return true;
    }

    @Override
    public void candidates(int picture, List<Candidate> candidates) {
        chosenFrom = candidates;
    }

    @Override
    public boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished) {
        List<int[]> tokens = live.stream().map(Sequence::tokens).toList();
        List<Float> scores = live.stream().map(Sequence::score).toList();
        steps.add(new Step(before, chosenFrom, tokens, scores, layers, numbers < MOST_NUMBERS ? states : List.of()));
        layers = new ArrayList<>();
        states = new ArrayList<>();
        before = tokens;
        return listener.tokenAdded(picture, live, finished);
    }

    /** Returns the steps, one for each token. */
    public List<Step> steps() {
        return List.copyOf(steps);
    }

    /** Returns the number of states that cross-attention reads; 0 if none was recorded. */
    public int keys() {
        return keys;
    }

    /**
     * Returns the index of the live sequence that a written sequence continued at a step: the row of its attention and
     * the beam of its candidates.
     *
     * @param tokens of a sequence that was written, prompt included
     * @param promptLength its number of tokens before the first step
     * @param step from 0 on
     * @return -1 if no sequence was continued by it there
     */
    public int row(int[] tokens, int promptLength, int step) {
        List<int[]> sequences = steps.get(step).before;
        if (sequences == null) {
            return 0;
        }
        int[] prefix = Arrays.copyOf(tokens, promptLength + step);
        for (int row = 0; row < sequences.size(); row++) {
            if (Arrays.equals(sequences.get(row), prefix)) {
                return row;
            }
        }
        return -1;
    }

    /**
     * Returns where a head looked while a token was chosen (as DAAM does for words: Tang et al. 2023, "What the DAAM",
     * section 3): the row of cross-attention of the token before it.
     *
     * @param heads of a layer
     * @param layer from 0 on, or -1 for the mean over all layers
     * @param head from 0 on, or -1 for the mean over all heads
     * @return a number for each state of the encoder; null if the attention of this step was not kept
     */
    public float[] attention(int step, int row, int heads, int layer, int head) {
        List<float[]> kept = steps.get(step).attention;
        if (kept.isEmpty() || row < 0 || layer >= kept.size() || head >= heads) {
            return null;
        }
        float[] mean = new float[keys];
        int count = (layer < 0 ? kept.size() : 1) * (head < 0 ? heads : 1);
        for (int l = layer < 0 ? 0 : layer; l < (layer < 0 ? kept.size() : layer + 1); l++) {
            int queries = kept.get(l).length / keys / heads;
            int query = steps.get(step).before == null ? queries - 1 : row;
            for (int h = head < 0 ? 0 : head; h < (head < 0 ? heads : head + 1); h++) {
                for (int key = 0; key < keys; key++) {
                    mean[key] += kept.get(l)[(h * queries + query) * keys + key] / count;
                }
            }
        }
        return mean;
    }

    /**
     * Applies the logit lens: reads every layer of the decoder as if it were the last one (nostalgebraist 2020,
     * "interpreting GPT: the logit lens"). That is the output layer on what the layer returned for the token before, as
     * it is, since norms come after the sums in these decoders. The model must be open, and do nothing else meanwhile.
     *
     * @param step from 0 on
     * @param row as {@link #row} returns it
     * @return for every layer the logarithms of the probabilities of all tokens; empty where they were not kept
     */
    public List<float[]> logitLens(int step, int row) {
        List<float[]> kept = steps.get(step).states;
        if (kept.isEmpty() || row < 0) {
            return List.of();
        }
        int hidden = output.inputs();
        List<float[]> lens = new ArrayList<>();
        for (float[] state : kept) {
            int rows = state.length / hidden;
            int at = steps.get(step).before == null ? rows - 1 : row;
            float[] logits = output.apply(Arrays.copyOfRange(state, at * hidden, (at + 1) * hidden));
            double[] probabilities = LinearAlgebra.slice(logits, 0, logits.length);
            LinearAlgebra.softmax(probabilities);
            for (int token = 0; token < logits.length; token++) {
                logits[token] = (float) Math.log(probabilities[token]);
            }
            lens.add(logits);
        }
        return lens;
    }

    /** Returns the bytes that this takes. */
    public long bytes() {
        return numbers * Float.BYTES;
    }
}
