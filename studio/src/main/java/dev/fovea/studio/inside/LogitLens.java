package dev.fovea.studio.inside;

import dev.fovea.tensor.ModelException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The logit lens of a picture tower: reads what is there after every layer as if it were the last one (nostalgebraist
 * 2020, "interpreting GPT: the logit lens"): {@code cos(P LN(x_l), w)} of the class token, or of a SigLIP what its
 * head makes of the patches. The last norm and the projection were trained for the end only, so early layers are not
 * calibrated to them; look at ranks, too.
 */
public final class LogitLens {

    private LogitLens() {}

    /**
     * Returns the cosine with each text after each layer.
     *
     * @param texts vectors of unit length
     * @return {@code [layers + 1][texts]}, before the first layer first
     */
    public static double[][] of(PicturePass picture, List<float[]> texts) {
        TowerPass pass = picture.tower();
        double[][] cosines = new double[pass.layers() + 1][texts.size()];
        IntStream.range(0, cosines.length).parallel().forEach(layer -> {
            double[] u = embedding(picture, layer);
            for (int text = 0; text < texts.size(); text++) {
                cosines[layer][text] = LinearAlgebra.cosine(u, Readout.slice(texts.get(text)));
            }
        });
        return cosines;
    }

    private static double[] embedding(PicturePass picture, int layer) {
        TowerPass pass = picture.tower();
        ClipInside inside = picture.inside();
        return switch (inside.reading()) {
            case CLASS_TOKEN -> picture.reader().embeddingOf(Readout.slice(pass.state(layer, pass.pooledToken())));
            case POOLING_HEAD -> {
                double[][] patches = new double[pass.tokens()][];
                for (int token = 0; token < patches.length; token++) {
                    patches[token] = Readout.slice(pass.state(layer, token));
                }
                yield inside.poolingHead().embed(patches);
            }
            case ATTENTION_POOL, MEAN, CLASS_TOKEN_WITHOUT_TEXTS, MEAN_WITHOUT_TEXTS ->
                throw new ModelException(
                        inside.clip().folder() + ": layers of this model cannot be read as the last one;"
                                + " use a CLIP with a vision transformer, or a SigLIP");
        };
    }
}
