package dev.fovea.models.nn;

import dev.fovea.tensor.safetensors.Weights;
import java.util.Map;

/** The content of a checkpoint's {@code config.json}, which determines the tensors of its model. */
public interface ModelConfig {

    /**
     * Constructs the parts of the model that have weights, and drops them: every tensor is asked for by the constructor
     * that a loaded model uses, too. Together with a {@link dev.fovea.tensor.safetensors.TensorAudit} this shows
     * whether a checkpoint is complete.
     *
     * @param model the checkpoint's top level
     */
    void requestTensors(Parameters model);

    /** Describes for people how large the model is: its parts, and the sizes of each. */
    Map<String, String> sizesInWords();

    /**
     * Names the layout of a checkpoint by its owner.
     *
     * @param checkpoint all of its tensors
     * @return a name in the genitive, such as {@code Microsoft's}; empty where the kind of model has one layout only
     */
    default String layout(Weights checkpoint) {
        return "";
    }
}
