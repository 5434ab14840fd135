package dev.fovea.models.captioning;

import dev.fovea.models.Captioner;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.nio.file.Path;

/**
 * Opens models that write captions: a BLIP for captions or a Florence-2, whichever a checkpoint's {@code config.json}
 * names.
 *
 * <pre>{@code
 * try (Captioner captioner = Captioners.load("Salesforce/blip-image-captioning-base")) {
 *     System.out.println(captioner.caption(Picture.read(Path.of("cat.jpg"))));
 * }
 * }</pre>
 */
public final class Captioners {

    private Captioners() {}

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it writes no captions or is broken; the message says what to
     *     do
     */
    public static Captioner load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /**
     * Loads a model by name ({@link Models}), computing where and how finely the options say.
     *
     * @throws FoveaException if there is no such model, or it writes no captions or is broken; the message says what to
     *     do
     */
    public static Captioner load(String name, LoadOptions options) {
        return load(Models.folder(name, "captioner", options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, or its model writes no captions or is broken; the message says
     *     what to do
     */
    public static Captioner load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /**
     * Loads a checkpoint folder, computing where and how finely the options say.
     *
     * @throws FoveaException if the folder is missing, or its model writes no captions or is broken; the message says
     *     what to do
     */
    public static Captioner load(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        ModelKind kind = ModelKind.of(folder);
        if (kind.isFlorence()) {
            return Florence2.load(folder, options);
        }
        if (kind.isCaptioner() || kind.isUnknown()) {
            return BlipCaptioner.load(folder, options); // of an unknown kind it says what is missing
        }
        String complaint = folder + " is " + kind.label() + (kind.isRun() ? ", which writes no captions" : "");
        throw new ModelException(complaint + "; use a BLIP for captions or a Florence-2");
    }
}
