package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.observe.RecordingBackend;
import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one forward pass of a tower has computed: queries, keys and values of every layer, and the tokens
 * between the layers. Attention is not kept, which would be heads x tokens² numbers a layer: each row of it is computed
 * when it is asked for.
 *
 * <p>Where one token is read at the end (the class token of a picture, the end token of a text), the last layer
 * computes that one only: it has one row of queries, and no other token leaves it. Immutable.
 */
public final class TowerPass {

    /** What goes into the first layer, among the recordings. */
    private static final String START = "";

    private final TowerLayout layout;
    private final TransformerShape shape;
    private final int tokens;
    private final int pooled;
    private final float[] start;
    private final List<Layer> layers = new ArrayList<>();

    /** Rows that lie in an array, each from {@code row * stride + offset} on: a vector of all heads. */
    private record Rows(float[] numbers, int stride, int offset) {

        int at(int row) {
            return row * stride + offset;
        }
    }

    /**
     * A layer.
     *
     * @param queries of each token, or of the pooled one alone
     * @param keys of each token
     * @param values of each token
     * @param oneQuery whether the pooled token alone has a query
     * @param alone whether only the pooled token is computed
     * @param attended after attention, {@code x + Wo o + bo}: the pooled token's, or those of all where none is pooled
     * @param output {@code [tokens, hidden]}, or {@code [1, hidden]} of the pooled one alone
     */
    private record Layer(
            Rows queries, Rows keys, Rows values, boolean oneQuery, boolean alone, float[] attended, float[] output) {

        private long numbers() {
            // Queries, keys and values may lie in one array.
            return Stream.of(queries.numbers, keys.numbers, values.numbers, attended, output)
                    .distinct()
                    .mapToLong(array -> array.length)
                    .sum();
        }
    }

    private TowerPass(TowerLayout layout, int tokens, int pooled, float[] start) {
        this.layout = layout;
        this.shape = layout.shape();
        this.tokens = tokens;
        this.pooled = pooled;
        this.start = start;
    }

    /**
     * What a tower has returned, and what was recorded of it.
     *
     * @param vector unit length
     * @param kept recordings besides those of the layers, by their names below the tower's
     */
    record Recorded(float[] vector, TowerPass pass, Map<String, Recording> kept) {}

    /**
     * Runs a tower on one input and keeps what figures need.
     *
     * @param also names below the tower's of what is kept, too
     * @param inner wraps the backend before it is recorded
     * @param given tokens of the input, of a text without what fills it up
     */
    static Recorded run(
            Clip clip,
            TowerLayout layout,
            Set<String> also,
            UnaryOperator<Backend> inner,
            int given,
            Supplier<float[]> work) {
        String prefix = layout.name() + ".";
        Pattern ofLayers = ofLayers(layout);
        Map<String, Recording> kept = new HashMap<>();
        float[] vector = clip.observed(
                backend -> new RecordingBackend(
                        inner.apply(backend),
                        recorded -> {
                            String below = below(prefix, recorded);
                            return layout.start().matcher(below).matches()
                                    || also.contains(below)
                                    || ofLayers.matcher(below).matches();
                        },
                        recording -> {
                            String below = below(prefix, recording.name());
                            if (layout.start().matcher(below).matches()) {
                                kept.put(START, recording);
                            }
                            Matcher ofLayer = ofLayers.matcher(below);
                            kept.put(ofLayer.matches() ? inLayer(ofLayer) : below, recording);
                        }),
                work);
        Recording first = recording(kept, START);
        int pooled = layout.pooled() == TowerLayout.LAST ? Math.min(given, first.rows()) - 1 : layout.pooled();
        TowerPass pass = new TowerPass(layout, first.rows(), pooled, first.values());
        for (int layer = 0; layer < pass.shape.layers(); layer++) {
            pass.layers.add(pass.layer(kept, layer));
        }
        return new Recorded(vector, pass, kept);
    }

    private static String below(String prefix, String recorded) {
        return recorded.startsWith(prefix) ? recorded.substring(prefix.length()) : "";
    }

    /**
     * Matches a layer's output, its products, and the sum that turns queries and keys. Where a checkpoint has no name
     * for the tower, or one of its own, weights are called by their whole path.
     */
    private static Pattern ofLayers(TowerLayout layout) {
        TowerNames names = layout.names();
        String list = Pattern.quote(layout.list());
        String weights = Stream.of(names.queriesKeysValues(), names.queries(), names.keysValues(), names.out())
                .map(Pattern::quote)
                .collect(Collectors.joining("|"));
        return Pattern.compile("(" + list + "\\.\\d+)(?:(\\.add)|\\.linear\\((?:[\\w.]*?" + list + "\\.\\d+\\.)?("
                + weights + ")\\))?");
    }

    private static String inLayer(Matcher found) {
        return found.group(3) != null
                ? linear(found.group(1), found.group(3))
                : found.group(1) + (found.group(2) == null ? "" : found.group(2));
    }

    private static String linear(String path, String weights) {
        return path + ".linear(" + weights + ")";
    }

    static Recording recording(Map<String, Recording> kept, String name) {
        Recording recording = kept.get(name);
        if (recording == null) {
            throw new ModelException("the model computes no " + (name.equals(START) ? "tokens" : name)
                    + ", so there is no figure of what happens inside; docs/studio.md says which models have them");
        }
        return recording;
    }

    private Layer layer(Map<String, Recording> kept, int index) {
        String path = layout.list() + "." + index;
        boolean alone = layout.endsInOne() && index == shape.layers() - 1;
        int hidden = shape.hiddenSize();
        TowerNames names = layout.names();
        float[] output = recording(kept, path).values();
        float[] attended = recording(kept, linear(path, names.out())).values();
        if (pooled >= 0) {
            int from = alone ? 0 : pooled * hidden;
            attended = Arrays.copyOfRange(attended, from, from + hidden);
        }
        boolean apart = alone && !names.keysValues().isEmpty();
        Recording fused = recording(kept, linear(path, apart ? names.keysValues() : names.queriesKeysValues()));
        Recording turned = layout.rotated() ? recording(kept, path + ".add") : null;
        return new Layer(
                apart
                        ? rows(recording(kept, linear(path, names.queries())), 0)
                        : rows(turned == null ? fused : turned, 0),
                turned == null ? rows(fused, fused.columns() - 2 * hidden) : rows(turned, turned.columns() - hidden),
                rows(fused, fused.columns() - hidden),
                apart,
                alone,
                attended,
                output);
    }

    private static Rows rows(Recording recording, int offset) {
        return new Rows(recording.values(), recording.columns(), offset);
    }

    /** Returns the number of layers. */
    public int layers() {
        return shape.layers();
    }

    /** Returns the number of attention heads of a layer. */
    public int heads() {
        return shape.heads();
    }

    /** Returns the number of channels of a token. */
    public int hiddenSize() {
        return shape.hiddenSize();
    }

    /** Returns the number of tokens. */
    public int tokens() {
        return tokens;
    }

    /** Returns the names of the tokens before the patches: the class token, registers; none of a text. */
    public List<String> tokensBefore() {
        return layout.before();
    }

    /** Returns the token that is read at the end: 0 of a picture, the last one of a text, -1 where all are read. */
    public int pooledToken() {
        return pooled;
    }

    /** Returns whether a layer computes a token. All do but the last, which may compute the pooled one only. */
    public boolean computes(int layer, int token) {
        return !layers.get(layer).alone || token == pooled;
    }

    /** Returns the last layer after which all tokens are there, as for {@link #state}. */
    public int lastWhole() {
        return layers.isEmpty() || !layers.getLast().alone ? layers.size() : layers.size() - 1;
    }

    int headSize() {
        return shape.hiddenSize() / shape.heads();
    }

    private Layer at(int layer) {
        if (layer < 0 || layer >= layers.size()) {
            throw new IllegalArgumentException(
                    "layer is " + layer + "; expected 0 to " + (layers.size() - 1) + ", as many as the model has");
        }
        return layers.get(layer);
    }

    private int queryFrom(int layer, int head, int token) {
        if (token < 0 || token >= tokens || !computes(layer, token)) {
            throw new IllegalArgumentException("token " + token + " has no query in layer " + layer + "; expected "
                    + (layers.get(layer).alone
                            ? pooled + ", the only one that the last layer computes"
                            : "0 to " + (tokens - 1)));
        }
        if (head < 0 || head >= shape.heads()) {
            throw new IllegalArgumentException("head is " + head + "; expected 0 to " + (shape.heads() - 1));
        }
        Layer of = layers.get(layer);
        return of.queries.at(of.oneQuery ? 0 : token) + head * headSize();
    }

    /** Returns a row of queries, keys or values as a vector of all heads. */
    double[] query(int layer, int token) {
        return LinearAlgebra.slice(at(layer).queries.numbers, queryFrom(layer, 0, token), shape.hiddenSize());
    }

    double[] key(int layer, int token) {
        Rows keys = at(layer).keys;
        return LinearAlgebra.slice(keys.numbers, keys.at(token), shape.hiddenSize());
    }

    double[] value(int layer, int token) {
        Rows values = at(layer).values;
        return LinearAlgebra.slice(values.numbers, values.at(token), shape.hiddenSize());
    }

    /** Returns the dot product of a part of a vector, that of a head, with the value of a token in this head. */
    double dotValue(double[] vector, int layer, int head, int token) {
        Rows values = layers.get(layer).values;
        int from = values.at(token) + head * headSize();
        double sum = 0;
        for (int i = 0; i < headSize(); i++) {
            sum += vector[head * headSize() + i] * values.numbers[from + i];
        }
        return sum;
    }

    /**
     * Returns a row of attention (Vaswani et al. 2017, equation 1): how strongly a head weighs each token where it
     * computes one, {@code softmax(q kᵀ / sqrt(d))}. It says where information was fetched, not what mattered.
     *
     * @param layer from 0 on
     * @param head from 0 on
     * @param query the token whose row it is; in the last layer only the {@link #pooledToken}
     * @return a number for each token, which sum to 1; 0 for tokens that a causal mask hides
     */
    public float[] attention(int layer, int head, int query) {
        Layer of = at(layer);
        int from = queryFrom(layer, head, query);
        int visible = shape.mask() == Mask.CAUSAL ? query + 1 : tokens;
        double scale = 1 / Math.sqrt(headSize());
        double[] scores = new double[visible];
        for (int key = 0; key < visible; key++) {
            int keyFrom = of.keys.at(key) + head * headSize();
            scores[key] = scale * LinearAlgebra.dot(of.queries.numbers, from, of.keys.numbers, keyFrom, headSize());
        }
        LinearAlgebra.softmax(scores);
        float[] row = new float[tokens];
        for (int key = 0; key < visible; key++) {
            row[key] = (float) scores[key];
        }
        return row;
    }

    /** Returns a row of attention as the mean over the heads of a layer. */
    public float[] meanAttention(int layer, int query) {
        float[] mean = new float[tokens];
        for (int head = 0; head < heads(); head++) {
            float[] row = attention(layer, head, query);
            for (int token = 0; token < tokens; token++) {
                mean[token] += row[token] / heads();
            }
        }
        return mean;
    }

    /**
     * Returns a token between the layers: the residual stream.
     *
     * @param layer 0 for what goes into the first layer, 1 for what comes out of it, and so on
     * @throws IllegalArgumentException if the token is not computed there
     */
    public float[] state(int layer, int token) {
        if (layer < 0 || layer > layers.size() || token < 0 || token >= tokens) {
            throw new IllegalArgumentException("there is no token " + token + " after layer " + layer
                    + "; expected tokens to " + (tokens - 1) + " and layers to " + layers.size());
        }
        if (layer > 0 && !computes(layer - 1, token)) {
            throw new IllegalArgumentException(
                    "the last layer computes token " + pooled + " only, not " + token + "; look at the layer before");
        }
        float[] all = layer == 0 ? start : layers.get(layer - 1).output;
        int from = layer > 0 && layers.get(layer - 1).alone ? 0 : token * shape.hiddenSize();
        float[] state = new float[shape.hiddenSize()];
        System.arraycopy(all, from, state, 0, state.length);
        return state;
    }

    /** Returns the pooled token after the attention of a layer and before its MLP. */
    public float[] attended(int layer) {
        if (pooled < 0) {
            throw new IllegalArgumentException("this tower has no pooled token; all of its patches are read");
        }
        return at(layer).attended.clone();
    }

    /** Returns the tokens after the attention of a layer, of a tower without a pooled token. */
    float[] allAttended(int layer) {
        return at(layer).attended;
    }

    /** Returns the tokens between the layers as they lie, {@code [tokens, hidden]} up to {@link #lastWhole}. */
    float[] states(int layer) {
        return layer == 0 ? start : layers.get(layer - 1).output;
    }

    /** Returns the bytes that this takes. */
    long bytes() {
        long numbers = start.length;
        for (Layer layer : layers) {
            numbers += layer.numbers();
        }
        return numbers * Float.BYTES;
    }
}
