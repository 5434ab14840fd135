package dev.fovea.studio.inside;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Takes the cosine of a picture and a text apart into parts that add up to it (Gandelsman et al. 2024, "Interpreting
 * CLIP's Image Representation via Text-Based Decomposition", section 3). The class token at the end is a sum: what it
 * began as, and what each head of each layer fetched from each token, each bias and each MLP added. The last norm and
 * the projection are linear once the norm's divisor is known, so each term of that sum has a share in the cosine:
 *
 * <pre>
 * rho = (b - mean b) / (sigma |u|),  b = gamma * Pᵀ w,  share of a term d = rho . d
 * head h, layer l, token i:  A_0i (Wo_hᵀ rho) . v_i
 * </pre>
 *
 * <p>with w the text, P the projection, u the picture before it is brought to unit length, gamma and sigma of the norm.
 * What the norm adds, beta, has the share {@code w . P beta / |u|}. Only direct effects are shown: what a layer wrote
 * for a later one to read counts for the later one.
 *
 * <p>Where attention pools the patches, the direction is {@code rho = w / |u|}, and heads are those of the pooling. A
 * SigLIP's patches are sums, too, so their layers have shares as well: with {@code g_i = Wvᵀ (A_i * Woᵀ rho)} a term d
 * of patch i has {@code (gamma g_i - mean) . d / sigma_i}. A ResNet's map is no sum of layers.
 * A plain mean weighs all cells of the last map alike, {@code A_i = 1/n}, and so each has its share.
 */
public final class Contributions {

    private final int rows;
    private final int heads;
    private final int tokens;
    private final int before;
    private final double cosine;
    private final List<Term> terms;
    private final double[] shares;

    /**
     * A term of the sum.
     *
     * @param name {@code start}, {@code heads}, {@code bias} (of the output projection), {@code mlp} or {@code
     *     projection} (what the last norm adds, and a bias after it); of a mean of a map {@code cells} and {@code
     *     bias}; of a SigLIP {@code start}, {@code attention}, {@code mlp}, {@code values} (what norm and
     *     bias add to the values), {@code bias} and {@code pooled mlp}
     * @param layer from 0 on, or null
     * @param value share in the cosine
     */
    public record Term(String name, Integer layer, double value) {}

    /**
     * Holds a sum.
     *
     * @param shares {@code [rows, heads, tokens]}
     */
    private Contributions(PicturePass picture, float[] text, List<Term> terms, int rows, double[] shares) {
        this.rows = rows;
        heads = picture.reader().heads();
        tokens = picture.tower().tokens();
        before = picture.token(0);
        cosine = LinearAlgebra.dot(picture.embedding(), 0, text, 0, text.length);
        this.terms = List.copyOf(terms);
        this.shares = shares;
    }

    /**
     * Takes a cosine apart.
     *
     * @param text the embedding of a text, a vector of unit length
     * @throws dev.fovea.tensor.ModelException if the picture's model reads no texts
     */
    public static Contributions of(PicturePass picture, float[] text) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(text, "text is null");
        return picture.reader() instanceof ClassTokenReader ? ofLayers(picture, text) : ofPooling(picture, text);
    }

    private static Contributions ofLayers(PicturePass picture, float[] text) {
        TowerPass pass = picture.tower();
        ClipInside inside = picture.inside();
        Readout readout = Readout.of(picture, text);
        double[] rho = readout.direction();
        int layers = pass.layers();
        List<Term> terms = new ArrayList<>();
        terms.add(new Term("start", null, LinearAlgebra.dot(rho, pass.state(0, pass.pooledToken()), 0)));
        double[] shares = new double[layers * pass.heads() * pass.tokens()];
        for (int layer = 0; layer < layers; layer++) {
            float[] out = inside.out(layer);
            double[] direction = LinearAlgebra.multiplyTransposed(out, rho); // Woᵀ rho, all heads
            double all = 0;
            for (int head = 0; head < pass.heads(); head++) {
                float[] row = pass.attention(layer, head, pass.pooledToken());
                int from = (layer * pass.heads() + head) * pass.tokens();
                for (int token = 0; token < row.length; token++) {
                    shares[from + token] = row[token] * pass.dotValue(direction, layer, head, token);
                    all += shares[from + token];
                }
            }
            terms.add(new Term("heads", layer, all));
            terms.add(new Term("bias", layer, LinearAlgebra.dot(rho, inside.outBias(layer), 0)));
            terms.add(new Term(
                    "mlp",
                    layer,
                    LinearAlgebra.dot(rho, pass.state(layer + 1, pass.pooledToken()), 0)
                            - LinearAlgebra.dot(rho, pass.attended(layer), 0)));
        }
        terms.add(new Term("projection", null, readout.constant()));
        return new Contributions(picture, text, terms, layers, shares);
    }

    private static Contributions ofPooling(PicturePass picture, float[] text) {
        EmbeddingReader reader = picture.reader();
        int tokens = picture.tower().tokens();
        double[] rho = Readout.slice(text);
        double length = LinearAlgebra.length(reader.output());
        for (int i = 0; i < rho.length; i++) {
            rho[i] /= length;
        }
        double[] direction = LinearAlgebra.multiplyTransposed(reader.outWeight(), rho); // Woᵀ rho, all heads
        double[] shares = new double[reader.heads() * tokens];
        double all = 0;
        for (int head = 0; head < reader.heads(); head++) {
            float[] row = reader.attention(head);
            for (int token = 0; token < tokens; token++) {
                double share = row[token] * reader.dotHead(direction, reader.value(token), head);
                shares[head * tokens + token] = share;
                all += share;
            }
        }
        List<Term> terms = new ArrayList<>();
        if (reader instanceof PoolingHeadReader pooled) {
            terms.addAll(ofPatches(picture, direction));
            terms.add(new Term("bias", null, LinearAlgebra.dot(rho, reader.outBias(), 0)));
            terms.add(new Term(
                    "pooled mlp",
                    null,
                    LinearAlgebra.dot(rho, pooled.output()) - LinearAlgebra.dot(rho, pooled.attended())));
        } else {
            terms.add(new Term(reader instanceof MeanReader ? "cells" : "heads", null, all));
            terms.add(new Term("bias", null, LinearAlgebra.dot(rho, reader.outBias(), 0)));
        }
        return new Contributions(picture, text, terms, 1, shares);
    }

    /**
     * Returns the shares of what patches began as and of what each layer added to them; they sum to that of the heads.
     */
    private static List<Term> ofPatches(PicturePass picture, double[] direction) {
        TowerPass pass = picture.tower();
        PoolingHead head = picture.inside().poolingHead();
        float[] values = head.values();
        int hidden = pass.hiddenSize();
        float[][] weights = picture.reading();
        int headSize = hidden / weights.length;
        double[] constants = new double[pass.tokens()];
        double[][] directions = IntStream.range(0, pass.tokens())
                .parallel()
                .mapToObj(token -> {
                    double[] weighted = new double[hidden];
                    for (int i = 0; i < hidden; i++) {
                        weighted[i] = weights[i / headSize][token] * direction[i];
                    }
                    double[] g = LinearAlgebra.multiplyTransposed(values, weighted);
                    constants[token] = LinearAlgebra.dot(g, head.norm.beta(), 0);
                    return head.norm.linear(Readout.slice(pass.state(pass.layers(), token)), g);
                })
                .toArray(double[][]::new);
        double constant = LinearAlgebra.dot(direction, head.valueBias(), 0);
        for (double one : constants) {
            constant += one;
        }
        List<Term> terms = new ArrayList<>();
        double before = sum(directions, pass.states(0));
        terms.add(new Term("start", null, before));
        for (int layer = 0; layer < pass.layers(); layer++) {
            double attended = sum(directions, pass.allAttended(layer));
            double after = sum(directions, pass.states(layer + 1));
            terms.add(new Term("attention", layer, attended - before));
            terms.add(new Term("mlp", layer, after - attended));
            before = after;
        }
        terms.add(new Term("values", null, constant));
        return terms;
    }

    private static double sum(double[][] directions, float[] tokens) {
        double sum = 0;
        for (int token = 0; token < directions.length; token++) {
            sum += LinearAlgebra.dot(directions[token], tokens, token * directions[token].length);
        }
        return sum;
    }

    /** Returns the cosine as the model gives it. */
    public double cosine() {
        return cosine;
    }

    /** Returns the terms in the order of computing; they add up to {@link #sum}. */
    public List<Term> terms() {
        return terms;
    }

    /** Returns the sum of all terms: the {@link #cosine} but for rounding. */
    public double sum() {
        return terms.stream().mapToDouble(Term::value).sum();
    }

    /** Returns the number of layers whose heads have shares; 1 where only the pooling's have. */
    public int layers() {
        return rows;
    }

    /** Returns the number of heads of each. */
    public int heads() {
        return heads;
    }

    /** Returns the share of a head. */
    public double head(int layer, int head) {
        double sum = 0;
        for (int token = 0; token < tokens; token++) {
            sum += shares[index(layer, head) + token];
        }
        return sum;
    }

    private int index(int layer, int head) {
        if (layer < 0 || layer >= rows || head < 0 || head >= heads) {
            throw new IllegalArgumentException("layer " + layer + ", head " + head + "; expected layers to "
                    + (rows - 1) + " and heads to " + (heads - 1));
        }
        return (layer * heads + head) * tokens;
    }

    /** Returns the shares of the patches by all heads together: a signed map. */
    public float[] map() {
        float[] map = new float[tokens - before];
        for (int patch = 0; patch < map.length; patch++) {
            double sum = 0;
            for (int from = 0; from < shares.length; from += tokens) {
                sum += shares[from + before + patch];
            }
            map[patch] = (float) sum;
        }
        return map;
    }

    /** Returns the shares of the patches by one head. */
    public float[] map(int layer, int head) {
        int from = index(layer, head);
        float[] map = new float[tokens - before];
        for (int patch = 0; patch < map.length; patch++) {
            map[patch] = (float) shares[from + before + patch];
        }
        return map;
    }
}
