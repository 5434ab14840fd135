package dev.fovea.models.towers;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;

/**
 * A family of models that {@link dev.fovea.models.clip.Clip} loads, as its package describes it to {@link
 * dev.fovea.models.kind.ModelKind}, which lists them.
 *
 * @param types values of {@code model_type}; those of a single tower end with {@code _vision_model} or {@code
 *     _text_model}
 * @param readsTexts whether there is a tower that reads texts, unless the type is that of a single one
 * @param load reads the configuration of a checkpoint folder
 */
public record TowerFamily(Set<String> types, boolean readsTexts, Function<Path, TowersConfig> load) {}
