package dev.fovea.training.network;

import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Lists the models that write texts about pictures and can be trained. */
public enum GeneratorKind {
    /** {@code BlipForConditionalGeneration}: writes captions. */
    CAPTIONER("text_decoder\\..*", "(cross)?attention\\.self\\.(query|key|value)", "self_attn\\.qkv", ""),
    /** {@code BlipForQuestionAnswering}: answers questions. */
    ANSWERER("text_(de|en)coder\\..*", "(cross)?attention\\.self\\.(query|key|value)", "self_attn\\.qkv", null),
    /** Florence-2 in transformers' layout or Microsoft's. */
    FLORENCE(
            "(model\\.)?(language_model|lm_head)\\..*",
            "(self|encoder)_attn\\.[qkv]_proj",
            "(window|channel)_attn(\\.fn)?\\.qkv",
            "<CAPTION>");

    private final Pattern language;
    private final Pattern languageMatrices;
    private final Pattern allMatrices;
    private final Optional<String> defaultPrompt;

    /**
     * Names tensors by patterns.
     *
     * @param language names of the language model's tensors
     * @param languageLayers ends of the names of its layers that get low-rank additions
     * @param towerLayers of those of the image tower
     */
    GeneratorKind(String language, String languageLayers, String towerLayers, String defaultPrompt) {
        this.language = Pattern.compile(language);
        languageMatrices = Pattern.compile(language + "\\." + languageLayers + "\\.weight");
        allMatrices = Pattern.compile(".*\\.(" + languageLayers + "|" + towerLayers + ")\\.weight");
        this.defaultPrompt = Optional.ofNullable(defaultPrompt);
    }

    /**
     * Returns the kind of a checkpoint.
     *
     * @throws dev.fovea.tensor.FoveaException if it is none of these, or quantised
     */
    public static GeneratorKind of(Path folder) {
        ModelKind.Family family = ModelKind.of(folder).family();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            BlipKind blip = family == ModelKind.Family.BLIP ? BlipKind.of(Weights.of(checkpoint)) : null;
            GeneratorKind kind = family == ModelKind.Family.FLORENCE
                    ? FLORENCE
                    : blip == BlipKind.CAPTIONER ? CAPTIONER : blip == BlipKind.ANSWERER ? ANSWERER : null;
            if (kind == null) {
                throw new ModelException(folder + ": is no model that writes texts about pictures; use a BLIP that"
                        + " writes captions or answers, or a Florence-2");
            }
            checkpoint.tensors().stream()
                    .filter(tensor -> kind.allMatrices.matcher(tensor.name()).matches())
                    .forEach(LowRankPlan::requireFloating);
            return kind;
        }
    }

    /** Returns whether a tensor is of the language model rather than of the image tower and what follows it. */
    public boolean isLanguage(String name) {
        return language.matcher(name).matches();
    }

    /** Returns the names of the matrices that get low-rank additions. */
    public Pattern lowRankNames(boolean withImageTower) {
        return withImageTower ? allMatrices : languageMatrices;
    }

    /** Returns the prompt of examples that have none; empty where each needs its own. */
    public Optional<String> defaultPrompt() {
        return defaultPrompt;
    }
}
