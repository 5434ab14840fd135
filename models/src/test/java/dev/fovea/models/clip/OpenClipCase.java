package dev.fovea.models.clip;

import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.observe.RecordingBackend;
import java.nio.file.Path;
import java.util.List;

/** A small checkpoint in the layout that {@code fovea convert} writes, and what open_clip made of the original. */
final class OpenClipCase extends dev.fovea.models.OracleCase {

    private OpenClipCase(Path folder) {
        super(folder, 1e-5); // open_clip is up to 1e-6 from itself in f64
    }

    /**
     * Opens a case.
     *
     * @param cases the folder of its kind, such as {@code mobileclip-cases}
     */
    static OpenClipCase open(String cases, String name) {
        return new OpenClipCase(folder(OpenClipCase.class, cases, name));
    }

    /** Copies a checkpoint into an empty folder, with a tokenizer and preprocessing. */
    static Path copy(String cases, String name, Path to) {
        copy(folder(OpenClipCase.class, cases, name), to);
        OracleCase.addTokenizer(to);
        return to;
    }

    /** Embeds pictures of one size. */
    static List<float[]> embedAll(Clip clip, Pixels pixels) {
        return clip.embedPixels(
                pixels.values(),
                pixels.grid().images(),
                pixels.grid().height(),
                pixels.grid().width());
    }

    /** Compares numbers with an entry. */
    void check(String entry, float[] found) {
        check(entry, found, floats(entry));
    }

    /** Compares embeddings with an entry. */
    void check(String entry, List<float[]> found) {
        check(entry, ClipReplayTest.concatenated(found));
    }

    /** Compares what a recorder holds under a name with an entry. */
    void checkRecorded(String entry, RecordingBackend recorder, String recording) {
        check(entry, recorded(recorder, recording));
    }
}
