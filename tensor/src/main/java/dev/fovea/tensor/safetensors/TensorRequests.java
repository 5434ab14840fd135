package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.Set;

/**
 * Answers what {@link Weights} is asked for: with the stored numbers, or with outlines that only say what was asked
 * for.
 */
interface TensorRequests {

    /** Returns the checkpoint behind the requests. */
    Checkpoint checkpoint();

    /**
     * Answers a request for a weight.
     *
     * @param name full name
     * @param expected the shape that it must have
     */
    WeightData tensor(String name, Shape expected);

    /** Returns a weight as what stands between the checkpoint and the model changes it; see {@link Weights#of}. */
    WeightData changed(WeightData weight);

    /** Returns the full names that were asked for, scales of matrices in eight bits included. */
    Set<String> used();

    /** Whether answers are outlines without numbers. */
    boolean areOutlines();
}
