package dev.fovea.search;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Preprocessing;
import java.nio.file.Path;

/**
 * Holds the model of an index: one that the caller has loaded, or one that is loaded when it is first needed, since an
 * update without changes needs only its fingerprint.
 */
final class IndexModel implements AutoCloseable {

    private final Path folder;
    private final LoadOptions options;
    private final boolean ours;
    /** Null until it is loaded. */
    private Clip clip;

    private IndexModel(Path folder, LoadOptions options, Clip clip) {
        this.folder = folder;
        this.options = options;
        this.ours = clip == null;
        this.clip = clip;
    }

    /** Takes a model that stays open. */
    static IndexModel of(Clip clip) {
        return new IndexModel(clip.folder(), null, clip);
    }

    /** Takes a checkpoint that is loaded when it is first needed. */
    static IndexModel of(Path folder, LoadOptions options) {
        return new IndexModel(folder, options, null);
    }

    String fingerprint() {
        return ours ? Clip.fingerprint(folder, options) : clip.fingerprint();
    }

    String compute() {
        return (ours ? options.compute() : clip.compute()).toString();
    }

    /** Returns the steps that prepare pictures, without loading the model. */
    Preprocessing preprocessing() {
        return ours ? Preprocessing.load(folder).withDraft(options.draft()) : clip.preprocessing();
    }

    /** Returns the model, loaded. */
    synchronized Clip clip() {
        if (clip == null) {
            clip = Clip.load(folder, options);
        }
        return clip;
    }

    @Override
    public synchronized void close() {
        if (ours && clip != null) {
            clip.close();
        }
    }
}
