package dev.fovea.langchain4j;

import dev.fovea.models.LoadOptions;
import java.util.List;
import java.util.Objects;

/**
 * Collects what every model of this package is made of.
 *
 * @param <L> listens to requests, answers and errors
 * @param <B> the builder of the model
 */
abstract sealed class NamedModelBuilder<L, B extends NamedModelBuilder<L, B>>
        permits FoveaChatModel.Builder, FoveaEmbeddingModel.Builder {

    String model;
    LoadOptions options = LoadOptions.DEFAULTS;
    List<L> listeners = List.of();

    NamedModelBuilder(String model) {
        this.model = model;
    }

    abstract B self();

    /**
     * Sets the model by name: an embedded one, a checkpoint's folder, or {@code owner/name} on a hub, which is
     * downloaded unless it is in the cache.
     */
    public B model(String model) {
        this.model = Objects.requireNonNull(model, "model is null");
        return self();
    }

    /** Sets where and how finely the model computes; {@link LoadOptions#DEFAULTS} without this call. */
    public B options(LoadOptions options) {
        this.options = Objects.requireNonNull(options, "options is null");
        return self();
    }

    /** Sets who is told of requests, answers and errors. */
    public B listeners(List<L> listeners) {
        this.listeners = List.copyOf(Objects.requireNonNull(listeners, "listeners is null"));
        return self();
    }
}
