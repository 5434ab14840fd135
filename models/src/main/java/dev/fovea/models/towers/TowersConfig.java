package dev.fovea.models.towers;

import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;

/** The configuration of a model of {@link Towers}. */
public interface TowersConfig extends ModelConfig {

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level
     */
    Towers towers(Parameters model);

    @Override
    default void requestTensors(Parameters model) {
        towers(model);
    }
}
