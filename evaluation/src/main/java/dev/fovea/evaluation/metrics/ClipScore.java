package dev.fovea.evaluation.metrics;

import dev.fovea.models.Vectors;
import java.util.List;
import java.util.Objects;

/**
 * Computes CLIPScore and RefCLIPScore (Hessel et al. 2021), which compare a caption with the picture itself. Published
 * values are of ViT-B/32; those of another model do not compare. torchmetrics' CLIPScore is 100 times the cosine
 * without a prompt: another number.
 */
public final class ClipScore {

    /** What stands before a caption when it is embedded. */
    public static final String PROMPT = "A photo depicts ";

    private static final double SCALE = 2.5;

    private ClipScore() {}

    /**
     * Returns CLIPScore, {@code 2.5 max(cos, 0)}.
     *
     * @param picture embedding of the picture
     * @param caption embedding of {@link #PROMPT} and the caption
     */
    public static double score(float[] picture, float[] caption) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(caption, "caption is null");
        return SCALE * Math.max(Vectors.cosine(picture, caption), 0);
    }

    /**
     * Returns RefCLIPScore, the harmonic mean of CLIPScore and the largest cosine to a reference; 0 where one is 0.
     *
     * @param score CLIPScore of the caption
     * @param caption embedding of {@link #PROMPT} and the caption
     * @param references embeddings of {@link #PROMPT} and each reference, at least one
     */
    public static double referenceScore(double score, float[] caption, List<float[]> references) {
        Objects.requireNonNull(caption, "caption is null");
        Objects.requireNonNull(references, "references is null");
        double nearest = references.stream()
                .mapToDouble(reference -> Math.max(Vectors.cosine(caption, reference), 0))
                .max()
                .orElseThrow(() -> new IllegalArgumentException("a caption has no references; expected at least one"));
        return score + nearest == 0 ? 0 : 2 * score * nearest / (score + nearest);
    }
}
