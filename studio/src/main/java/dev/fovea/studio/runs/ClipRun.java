package dev.fovea.studio.runs;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.fovea.models.image.Picture;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.inside.ClipInside;
import dev.fovea.studio.inside.PicturePass;
import dev.fovea.studio.inside.TowerPass;
import java.util.List;
import java.util.Map;

/**
 * A picture compared with labels, and what happened inside.
 *
 * @param region the part of the picture that was looked at, x1, y1, x2, y2; null for all of it
 * @param fingerprint the same for models whose embeddings can be compared
 * @param seconds from the start to the end
 * @param logitFactor cosines are multiplied by it before they are scored
 * @param scoring {@code softmax} or {@code sigmoid}
 * @param labels in the order given
 * @param vision sizes of what was recorded, or null where the model cannot be looked into
 * @param embeddings of the labels
 * @param pass what the image tower computed, or null
 * @param picked the embedding of the picture
 * @param shuffled what the tower computed with shuffled weights, by the number of layers that were
 */
record ClipRun(
        String run,
        String kind,
        String model,
        String picture,
        List<Integer> region,
        String fingerprint,
        double seconds,
        float logitFactor,
        String scoring,
        List<ComparedLabel> labels,
        Recorded vision,
        @JsonIgnore List<float[]> embeddings,
        @JsonIgnore float[] picked,
        @JsonIgnore PicturePass pass,
        @JsonIgnore Map<Integer, TowerPass> texts,
        @JsonIgnore Map<Integer, float[]> occlusions,
        @JsonIgnore Map<Integer, PicturePass> shuffled)
        implements StudioRun {

    /**
     * Sizes of what was recorded.
     *
     * @param before names of the tokens before the patches
     * @param readBy what reads the embedding
     * @param pools whether an attention after the layers does
     * @param lastWhole the last layer after which all tokens are there, 0 for none
     * @param shuffles how many of the last layers can be shuffled
     */
    record Recorded(
            int layers,
            int heads,
            int hidden,
            int patchRows,
            int patchColumns,
            int patchHeight,
            int patchWidth,
            int tokens,
            List<String> before,
            String readBy,
            boolean pools,
            int lastWhole,
            int shuffles) {

        static Recorded of(PicturePass pass, ClipInside inside) {
            return new Recorded(
                    pass.tower().layers(),
                    pass.tower().heads(),
                    pass.tower().hiddenSize(),
                    pass.patchRows(),
                    pass.patchColumns(),
                    pass.patchHeight(),
                    pass.patchWidth(),
                    pass.tower().tokens(),
                    pass.tower().tokensBefore(),
                    inside.readBy(),
                    inside.pools(),
                    pass.tower().lastWhole(),
                    inside.shuffles());
        }
    }

    /** A label, and how it compares with the picture. */
    record ComparedLabel(String label, double cosine, double logit, double score, List<TokenText> tokens) {}

    /** A token: its id, and how the vocabulary spells it. */
    record TokenText(int id, String text) {}

    @Override
    @JsonIgnore
    public long bytes() {
        return 1000
                + (pass == null ? 0 : pass.bytes())
                + shuffled.values().stream().mapToLong(PicturePass::bytes).sum();
    }

    /**
     * Returns what the image tower computed.
     *
     * @throws HttpFailure if the model cannot be looked into
     */
    PicturePass inside() {
        if (pass == null) {
            throw HttpFailure.refused(
                    409,
                    "cannot",
                    model
                            + " cannot be looked into: figures of what happens inside are made for CLIPs and SigLIPs"
                            + " with both towers, for DINOv2 and DINOv3; choose clip-mini or"
                            + " openai/clip-vit-base-patch32");
        }
        return pass;
    }

    /** Returns what was looked at. */
    static Picture seen(Picture picture, List<Integer> region) {
        return region == null ? picture : picture.part(region.get(0), region.get(1), region.get(2), region.get(3));
    }

    /** Returns the index of a label, which must be one of this run. */
    int label(int label) {
        if (embeddings.isEmpty()) {
            throw HttpFailure.refused(
                    409,
                    "cannot",
                    model + " reads no texts, so there is no cosine to explain; choose a CLIP or a SigLIP");
        }
        if (label >= embeddings.size()) {
            throw HttpFailure.badRequest(
                    "label", "label is " + label + "; this run has labels 0 to " + (embeddings.size() - 1));
        }
        return label;
    }

    /** Returns the embedding of a label. */
    float[] embedding(int label) {
        return embeddings.get(label(label));
    }
}
