package dev.fovea.models.blip;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/**
 * BLIP as a dual encoder, like CLIP ({@code BlipModel} of transformers). No published checkpoint is of this kind; it is
 * there for those who train one.
 */
public final class BlipEncoder extends Blip {

    private final BlipNetwork.DualEncoder network;

    private BlipEncoder(ModelFiles files, BlipConfig config) {
        this(files, config, BlipNetwork.DualEncoder.of(require(BlipKind.ENCODER, files), config));
    }

    private BlipEncoder(ModelFiles files, BlipConfig config, BlipNetwork.DualEncoder network) {
        super(files, config, network);
        this.network = network;
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static BlipEncoder load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static BlipEncoder load(String name, LoadOptions options) {
        return load(Models.folder(name, "matcher", options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static BlipEncoder load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static BlipEncoder load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static BlipEncoder load(Path folder, LoadOptions options) {
        return load(folder, options, BlipEncoder::new);
    }

    /** Returns the factor that turns cosines of embeddings into logits. */
    public float logitFactor() {
        return network.logitFactor();
    }

    /** Returns the features of a picture, not of unit length ({@code get_image_features}). */
    public float[] features(PictureInput picture) {
        return features(pixels(List.of(Arguments.present(picture, "picture"))));
    }

    /** Returns the features of pictures that are already preprocessed, one after the other. */
    public float[] features(Pixels pixels) {
        Arguments.present(pixels, "pixels");
        return files.compute(() -> {
            Seen seen = see(pixels);
            Tensor features = network.pictureProjection().apply(vision.pool(seen.tokens(), seen.pictures()));
            return Finite.answer(features.toArray(), "the features of a picture");
        });
    }

    /** Returns the features of a text, not of unit length ({@code get_text_features}). */
    public float[] features(String text) {
        return features(encode(text, "text"));
    }

    /** Returns the features of a text that is already tokens, start and end token included. */
    public float[] features(int[] tokens) {
        check(tokens, "text");
        return files.compute(() -> {
            Tensor first = network.encoder().encode(List.of(tokens)).rows(0, 1); // [1, hidden]
            Tensor pooled = network.pooler().apply(first, Fusion.NONE.withActivation(Activation.TANH));
            Tensor features = network.textProjection().apply(pooled); // [1, projection]
            return Finite.answer(features.toArray(), "the features of a text");
        });
    }
}
