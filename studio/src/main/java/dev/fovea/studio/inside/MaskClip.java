package dev.fovea.studio.inside;

import java.util.stream.IntStream;

/**
 * Compares each patch with a text (Zhou et al. 2022, "Extract Free Dense Labels from CLIP", section 3.2): the last
 * layer's attention is left out, so that each patch keeps its own value.
 *
 * <pre>
 * f_i = P LN(Wo v_i + bo),  map_i = cos(f_i, w)
 * </pre>
 *
 * <p>SigLIP's head has an MLP in the place of norm and projection, a ResNet's pooling nothing.
 *
 * <p>Values of the last layer were never trained to be read alone: maps of some checkpoints are the opposite of what
 * one expects, with the background lit.
 */
public final class MaskClip {

    private MaskClip() {}

    /**
     * Returns the cosine of each patch with a text.
     *
     * @param text a vector of unit length
     */
    public static float[] map(PicturePass picture, float[] text) {
        EmbeddingReader reader = picture.reader();
        double[] w = Readout.slice(text);
        return LinearAlgebra.floats(IntStream.range(0, picture.patches())
                .parallel()
                .mapToDouble(patch -> LinearAlgebra.cosine(
                        reader.embeddingOf(reader.projected(reader.value(picture.token(patch)))), w))
                .toArray());
    }
}
