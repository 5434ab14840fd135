package dev.fovea.studio.inside;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
 */
public final class Contributions {

    private final int layers;
    private final int heads;
    private final int tokens;
    private final double cosine;
    private final double start;
    private final double[] biases;
    private final double[] mlps;
    private final double projection;
    private final double[] shares;

    /**
     * A term of the sum.
     *
     * @param name {@code start}, {@code heads}, {@code bias} (of the output projection), {@code mlp} or {@code
     *     projection} (what the last norm adds)
     * @param layer from 0 on, or null
     * @param value share in the cosine
     */
    public record Term(String name, Integer layer, double value) {}

    private Contributions(
            PicturePass picture,
            double cosine,
            double start,
            double[] biases,
            double[] mlps,
            double projection,
            double[] shares) {
        layers = picture.tower().layers();
        heads = picture.tower().heads();
        tokens = picture.tower().tokens();
        this.cosine = cosine;
        this.start = start;
        this.biases = biases;
        this.mlps = mlps;
        this.projection = projection;
        this.shares = shares;
    }

    /**
     * Takes a cosine apart.
     *
     * @param text the embedding of a text, a vector of unit length
     */
    public static Contributions of(PicturePass picture, float[] text) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(text, "text is null");
        TowerPass pass = picture.tower();
        ClipInside inside = picture.inside();
        Readout readout = Readout.of(picture, text);
        double[] rho = readout.direction();
        int layers = pass.layers();
        double[] biases = new double[layers];
        double[] mlps = new double[layers];
        double[] shares = new double[layers * pass.heads() * pass.tokens()];
        for (int layer = 0; layer < layers; layer++) {
            float[] out = inside.layerWeight(layer, "self_attn.out_proj.weight");
            double[] direction = LinearAlgebra.multiplyTransposed(out, rho); // Woᵀ rho, all heads
            for (int head = 0; head < pass.heads(); head++) {
                float[] row = pass.attention(layer, head, pass.pooledToken());
                int from = (layer * pass.heads() + head) * pass.tokens();
                for (int token = 0; token < row.length; token++) {
                    shares[from + token] = row[token] * pass.dotValue(direction, layer, head, token);
                }
            }
            biases[layer] = LinearAlgebra.dot(rho, inside.layerWeight(layer, "self_attn.out_proj.bias"), 0);
            mlps[layer] = LinearAlgebra.dot(rho, pass.state(layer + 1, pass.pooledToken()), 0)
                    - LinearAlgebra.dot(rho, pass.attended(layer), 0);
        }
        double start = LinearAlgebra.dot(rho, pass.state(0, pass.pooledToken()), 0);
        double cosine = LinearAlgebra.dot(picture.embedding(), 0, text, 0, text.length);
        return new Contributions(picture, cosine, start, biases, mlps, readout.constant(), shares);
    }

    /** Returns the cosine as the model gives it. */
    public double cosine() {
        return cosine;
    }

    /** Returns the terms in the order of computing; they add up to {@link #sum}. */
    public List<Term> terms() {
        List<Term> terms = new ArrayList<>();
        terms.add(new Term("start", null, start));
        for (int layer = 0; layer < layers; layer++) {
            double all = 0;
            for (int head = 0; head < heads; head++) {
                all += head(layer, head);
            }
            terms.add(new Term("heads", layer, all));
            terms.add(new Term("bias", layer, biases[layer]));
            terms.add(new Term("mlp", layer, mlps[layer]));
        }
        terms.add(new Term("projection", null, projection));
        return terms;
    }

    /** Returns the sum of all terms: the {@link #cosine} but for rounding. */
    public double sum() {
        return terms().stream().mapToDouble(Term::value).sum();
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
        if (layer < 0 || layer >= layers || head < 0 || head >= heads) {
            throw new IllegalArgumentException("layer " + layer + ", head " + head + "; expected layers to "
                    + (layers - 1) + " and heads to " + (heads - 1));
        }
        return (layer * heads + head) * tokens;
    }

    /** Returns the shares of the patches by all heads together: a signed map. */
    public float[] map() {
        float[] map = new float[tokens - 1];
        for (int patch = 0; patch < map.length; patch++) {
            double sum = 0;
            for (int from = 0; from < shares.length; from += tokens) {
                sum += shares[from + 1 + patch];
            }
            map[patch] = (float) sum;
        }
        return map;
    }

    /** Returns the shares of the patches by one head. */
    public float[] map(int layer, int head) {
        int from = index(layer, head);
        float[] map = new float[tokens - 1];
        for (int patch = 0; patch < map.length; patch++) {
            map[patch] = (float) shares[from + 1 + patch];
        }
        return map;
    }
}
