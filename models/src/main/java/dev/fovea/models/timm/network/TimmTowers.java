package dev.fovea.models.timm.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.FoveaException;

/**
 * A classifier in timm's own folder as a picture tower: its features, which the layer of classes would read.
 *
 * @param vit sizes of a vision transformer, or null
 * @param convNext sizes of a ConvNeXt, or null
 */
public record TimmTowers(TimmVitShape vit, TimmConvNextShape convNext) implements TowersConfig {

    /**
     * Reads timm's {@code config.json}.
     *
     * @throws FoveaException if the architecture is another, or has parts that Fovea does not run
     */
    public static TimmTowers of(ConfigFile config) {
        return TimmConfig.isConvNext(config)
                ? new TimmTowers(null, TimmConfig.convNext(config))
                : new TimmTowers(TimmConfig.shape(config), null);
    }

    @Override
    public int dimension() {
        return vit == null
                ? convNext.sizes().channels()
                : vit.sizes().transformer().hiddenSize();
    }

    @Override
    public Towers towers(Parameters model) {
        ImageEncoder image = vit == null ? TimmConvNext.classifier(model, convNext, 0) : new TimmVit(model, "", vit, 0);
        String classes = vit == null ? "head.fc" : "head";
        model.passOver(classes + ".weight", classes + ".bias");
        return new Towers(image, null, PairScore.COSINE);
    }
}
