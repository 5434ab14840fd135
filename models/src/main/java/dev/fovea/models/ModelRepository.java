package dev.fovea.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Knows models by their names: a hub with its cache, or a jar that carries a model. Found by {@link
 * java.util.ServiceLoader}.
 */
public interface ModelRepository {

    /**
     * Lists the names of models that are always there, such as embedded models. They take precedence over folders of
     * the same name.
     */
    default List<String> names() {
        return List.of();
    }

    /**
     * Finds a model, and downloads it if the options allow that.
     *
     * @param name as {@link Models#folder} was given it
     * @return the checkpoint's folder; empty if the name is none of this repository's, or if the model is not here and
     *     must not be downloaded
     * @throws dev.fovea.tensor.FoveaException if the model should be here but cannot be had, saying why and what to do
     */
    Optional<Path> find(String name, LoadOptions options);
}
