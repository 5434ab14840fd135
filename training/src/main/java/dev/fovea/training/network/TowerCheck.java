package dev.fovea.training.network;

import dev.fovea.models.kind.ModelKind;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.nio.file.Path;

/**
 * Tells by configuration and headers of a checkpoint whether its two towers can be trained, before anything is loaded.
 */
public final class TowerCheck {

    private TowerCheck() {}

    /**
     * Checks that a checkpoint is a CLIP or a SigLIP with both towers, whose matrices are not quantised.
     *
     * @throws dev.fovea.tensor.FoveaException if it is not; the message says what to do
     */
    public static void requireTrainable(Path folder) {
        ModelKind kind = ModelKind.of(folder);
        if (!kind.isClipOfTexts() || !kind.isClipOfPictures()) {
            throw new ModelException(folder + ": is no CLIP with both towers; use one to train it");
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            checkpoint.tensors().stream()
                    .filter(tensor -> tensor.name().endsWith(".weight"))
                    .forEach(LowRankPlan::requireFloating);
        }
    }

    /**
     * Checks that a checkpoint can be tuned to classes by training all of its weights.
     *
     * @throws dev.fovea.tensor.FoveaException if it cannot; the message says what to do
     */
    public static void requireAll(Path folder) {
        requireClasses(folder, false);
        FrozenWeights.requireNone(folder);
    }

    /**
     * Checks that a trainable checkpoint can be tuned to classes.
     *
     * @param isLowRank whether by additions to the attention of both towers
     * @throws dev.fovea.tensor.FoveaException if it cannot; the message says what to do
     */
    public static void requireClasses(Path folder, boolean isLowRank) {
        requireTrainable(folder);
        if (ModelKind.of(folder).type().startsWith("siglip")) {
            throw new ModelException(
                    folder + ": is a SigLIP, which scores each label by itself and does not tell classes"
                            + " apart; tune it on pictures with texts, or on features of pictures");
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            if (isLowRank
                    && checkpoint.tensors().stream()
                            .map(TensorEntry::name)
                            .noneMatch(name -> name.startsWith("vision_model.")
                                    && LowRankPlan.CLIP.matcher(name).matches())) {
                throw new ModelException(folder + ": has no vision transformer to train; use a ViT, or another method");
            }
        }
    }
}
