package dev.fovea.models.clip.network;

import dev.fovea.models.nn.Parameters;

/**
 * The network of CLIP: two encoders whose outputs lie in one space, and a temperature (Radford et al. 2021, figure 3).
 *
 * @param image the image encoder, or null
 * @param text the text encoder, or null
 * @param logitFactor the factor that turns cosines into logits; 1 for a single tower
 */
public record ClipTowers(ImageEncoder image, ClipTextTower text, float logitFactor) {

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level
     */
    public static ClipTowers of(Parameters model, ClipConfig config) {
        ImageEncoder image = imageEncoder(model, config);
        ClipTextTower text = config.text() == null ? null : new ClipTextTower(model, config);
        return new ClipTowers(image, text, config.isSingleTower() ? 1 : model.logitFactor());
    }

    private static ImageEncoder imageEncoder(Parameters model, ClipConfig config) {
        if (config.resNet() != null) {
            return new ClipResNetTower(model, config);
        }
        return config.vision() == null ? null : new ClipVisionTower(model, config);
    }
}
