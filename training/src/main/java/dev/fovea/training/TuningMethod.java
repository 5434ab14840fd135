package dev.fovea.training;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Lists the ways to tune a CLIP on features of its image tower; {@code docs/tuning.md} says which to take when. */
public enum TuningMethod {
    /** Linear probe: logistic regression on the embeddings (Radford et al. 2021, appendix A.3). */
    PROBE("probe"),
    /** Tip-Adapter: the pictures themselves vote beside the texts; nothing is trained (Zhang et al. 2022). */
    TIP("tip"),
    /** Tip-Adapter-F: the votes' keys are trained (Zhang et al. 2022). */
    TIP_F("tip-f"),
    /** LP++: a linear probe with a learned weight for the text of each class (Huang et al. 2024). */
    LP_PLUS_PLUS("lp++"),
    /** ProLIP: the projection of the image tower is trained; the result is a plain CLIP (Fahes et al. 2025). */
    PROLIP("prolip");

    private final String text;

    TuningMethod(String text) {
        this.text = text;
    }

    /**
     * Returns the method of a name.
     *
     * @param name {@code probe}, {@code tip}, {@code tip-f}, {@code lp++} or {@code prolip}
     * @throws IllegalArgumentException if there is none of this name
     */
    public static TuningMethod named(String name) {
        Objects.requireNonNull(name, "name is null");
        return Arrays.stream(values())
                .filter(method -> method.text.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no method to tune on features;"
                        + " expected one of "
                        + Arrays.stream(values()).map(TuningMethod::toString).collect(Collectors.joining(", "))));
    }

    /**
     * Returns the features of pictures that this method learns from: their embeddings or, for {@link #PROLIP}, the
     * pooled outputs of the tower before its projection.
     *
     * @return a vector for each picture, in their order
     */
    public List<float[]> features(Clip clip, List<? extends PictureInput> pictures) {
        Objects.requireNonNull(clip, "clip is null");
        return readsPooled() ? clip.poolAll(pictures) : clip.embedAll(pictures);
    }

    /**
     * Refuses a model that this method cannot tune, before pictures are read.
     *
     * @throws dev.fovea.tensor.FoveaException if {@link #PROLIP} finds no projection that it can train, as in a ResNet,
     *     in SigLIP, or in eight bits; the message says what to do
     */
    public void requireTunable(Clip clip) {
        Objects.requireNonNull(clip, "clip is null");
        if (readsPooled()) {
            Projection.of(clip);
        }
    }

    /** Returns whether the features are pooled outputs rather than embeddings. */
    boolean readsPooled() {
        return this == PROLIP;
    }

    /** Returns whether the method takes steps whose length a rate sets. */
    boolean takesRate() {
        return this == TIP_F || this == PROLIP;
    }

    /** Returns the name, such as {@code tip-f}. */
    @Override
    public String toString() {
        return text;
    }
}
