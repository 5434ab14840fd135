package dev.fovea.hub;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.ModelRepository;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Offers the models of the hub that the environment names ({@link Hub#ofEnvironment}) by {@code owner/name} or {@code
 * owner/name@revision}.
 */
public final class HubRepository implements ModelRepository {

    /**
     * Finds a model by its name on the hub. A model that is in the cache is used without asking the hub whether there
     * is a newer one.
     */
    @Override
    public Optional<Path> find(String name, LoadOptions options) {
        Objects.requireNonNull(options, "options is null");
        return ModelName.find(Objects.requireNonNull(name, "name is null")).flatMap(model -> {
            Hub hub = Hub.ofEnvironment();
            Optional<Path> cached = hub.cache().find(model);
            return cached.isPresent() || options.offline()
                    ? cached
                    : Optional.of(
                            hub.progress(options.progress()).download(model).folder());
        });
    }
}
