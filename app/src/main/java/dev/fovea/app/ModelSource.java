package dev.fovea.app;

import dev.fovea.minimodels.MiniModels;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a model comes from and what computes it.
 *
 * @param name an embedded model's name or a folder, as the user wrote it
 * @param device the backend's name
 * @param threads threads to compute with, 0 for all cores
 */
record ModelSource(String name, String device, int threads) {

    /** The embedded model that is used when nobody asks for another. */
    static final String DEFAULT = "clip-mini";

    /** The checkpoint's folder; embedded names go before folders. */
    Path folder() {
        List<String> embedded = MiniModels.names();
        if (embedded.contains(name)) {
            return MiniModels.folder(name);
        }
        Path folder = Path.of(name);
        if (!Files.exists(folder)) {
            throw new FoveaException(name + ": no such model; pass a checkpoint's folder"
                    + (embedded.isEmpty() ? "" : ", or an embedded model: " + String.join(", ", embedded)));
        }
        return folder;
    }

    /** Loads it as a CLIP model. */
    Clip loadClip() {
        return Clip.load(folder(), backend());
    }

    private Backend backend() {
        if (device.equals("opencl") && !Backends.names().contains(device)) {
            throw new FoveaException(
                    "--device opencl is not part of this build; use one of " + String.join(", ", Backends.names()));
        }
        return Backends.open(device, threads);
    }
}
