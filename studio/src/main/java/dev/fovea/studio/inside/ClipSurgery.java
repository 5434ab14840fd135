package dev.fovea.studio.inside;

import dev.fovea.tensor.ModelException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compares each patch with texts on a second path through the last layers (Li et al. 2023, "CLIP Surgery for Better
 * Explainability with Enhancement in Open-Vocabulary Tasks", sections 3.2 and 3.3). On it values attend to values, so
 * that patches gather what is like them, and MLPs are left out; it begins {@value #LAYERS} layers before the end, and
 * its values are those of the model's own path. What all labels share is taken off.
 *
 * <pre>
 * x += Wo softmax(v vᵀ / sqrt(d)) v + bo,  f = P LN(x)
 * p = softmax_t(2 c . w_t), a = p / mean_t p, map_t = sum_k (f_k w_tk a_t - mean_t' (f_k w_t'k a_t'))
 * </pre>
 *
 * <p>with c the class token of the model's own path. It cures maps that are the opposite of what one expects.
 */
public final class ClipSurgery {

    /** Layers of the second path, as many as the authors take. */
    static final int LAYERS = 6;

    private ClipSurgery() {}

    /**
     * Returns the map of one of some texts, which are told from each other.
     *
     * @param texts vectors of unit length
     * @param text index of the one that is asked for
     * @param empty the embedding of the empty text, which is taken off where there is no other
     * @throws ModelException if the picture's model is no CLIP with a vision transformer
     */
    public static float[] map(PicturePass picture, List<float[]> texts, int text, float[] empty) {
        if (picture.inside().reading() != TowerLayout.Reading.CLASS_TOKEN) {
            throw new ModelException(picture.inside().clip().folder()
                    + ": has no class token beside its patches, which CLIP Surgery needs; use a CLIP with a vision"
                    + " transformer");
        }
        double[][] features = features(picture);
        double[] w = Readout.slice(texts.get(text));
        if (texts.size() == 1) {
            double[] e = Readout.slice(empty);
            return map(features, f -> LinearAlgebra.dot(f, w) - LinearAlgebra.dot(f, e));
        }
        double[] factors = factors(picture.embedding(), texts);
        double[] shared = new double[w.length]; // mean over the texts of a_t w_t
        for (int t = 0; t < texts.size(); t++) {
            for (int k = 0; k < w.length; k++) {
                shared[k] += factors[t] * texts.get(t)[k] / texts.size();
            }
        }
        return map(features, f -> factors[text] * LinearAlgebra.dot(f, w) - LinearAlgebra.dot(f, shared));
    }

    /** Computes a number of a patch. */
    @FunctionalInterface
    private interface Score {
        double of(double[] feature);
    }

    private static float[] map(double[][] features, Score score) {
        float[] map = new float[features.length];
        for (int patch = 0; patch < map.length; patch++) {
            map[patch] = (float) score.of(features[patch]);
        }
        return map;
    }

    private static double[] factors(float[] embedding, List<float[]> texts) {
        double[] p = texts.stream()
                .mapToDouble(text -> 2 * LinearAlgebra.dot(embedding, 0, text, 0, text.length))
                .toArray();
        LinearAlgebra.softmax(p);
        for (int t = 0; t < p.length; t++) {
            p[t] *= p.length; // divided by their mean, since they sum to 1
        }
        return p;
    }

    /** Returns the patches at the end of the second path, of unit length. */
    private static double[][] features(PicturePass picture) {
        TowerPass pass = picture.tower();
        ClipInside inside = picture.inside();
        int first = Math.max(0, pass.layers() - LAYERS);
        double[][] x = new double[picture.patches()][];
        for (int patch = 0; patch < x.length; patch++) {
            x[patch] = Readout.slice(pass.state(first, picture.token(patch)));
        }
        for (int layer = first; layer < pass.layers(); layer++) {
            double[][] values = new double[pass.tokens()][];
            for (int token = 0; token < values.length; token++) {
                values[token] = pass.value(layer, token);
            }
            float[] out = inside.out(layer);
            float[] bias = inside.outBias(layer);
            IntStream.range(0, x.length).parallel().forEach(patch -> {
                double[] mixed = gathered(values, picture.token(patch), pass.heads());
                x[patch] = LinearAlgebra.plus(x[patch], LinearAlgebra.multiply(out, mixed));
                LinearAlgebra.add(x[patch], bias);
            });
        }
        EmbeddingReader reader = picture.reader();
        return IntStream.range(0, x.length)
                .parallel()
                .mapToObj(patch -> {
                    double[] f = reader.embeddingOf(x[patch]);
                    double length = LinearAlgebra.length(f);
                    for (int k = 0; k < f.length; k++) {
                        f[k] /= length;
                    }
                    return f;
                })
                .toArray(double[][]::new);
    }

    /** Returns the values of all tokens, weighed by how alike they are to that of one. */
    private static double[] gathered(double[][] values, int token, int heads) {
        int size = values[0].length / heads;
        double[] mixed = new double[values[0].length];
        for (int from = 0; from < mixed.length; from += size) {
            double[] weights = new double[values.length];
            for (int other = 0; other < weights.length; other++) {
                for (int i = from; i < from + size; i++) {
                    weights[other] += values[token][i] * values[other][i] / Math.sqrt(size);
                }
            }
            LinearAlgebra.softmax(weights);
            for (int other = 0; other < weights.length; other++) {
                for (int i = from; i < from + size; i++) {
                    mixed[i] += weights[other] * values[other][i];
                }
            }
        }
        return mixed;
    }
}
