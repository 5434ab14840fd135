package dev.fovea.studio.runs;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.files.NpyHeader;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import dev.fovea.tensor.observe.RecordingBackend;
import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Hands out what the recorder sees of a run: the names of all intermediates of the image tower, and each of them as a
 * file of NumPy's. The tower runs again for it, so that a run keeps only what figures need.
 */
final class RecordingFigures {

    private static final String PROBABILITIES = ".attention.probabilities";

    private final RunStore store;
    private final RunQueue queue;
    private final StudioModels models;
    private final StudioPictures pictures;

    RecordingFigures(RunStore store, RunQueue queue, StudioModels models, StudioPictures pictures) {
        this.store = store;
        this.queue = queue;
        this.models = models;
        this.pictures = pictures;
    }

    List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/runs/*/recordings", this::list),
                PageRoute.get("/api/runs/*/recording", this::file));
    }

    /** An intermediate, for the page. */
    record RecordingEntry(String name, int rows, int columns) {}

    private void list(PageCall call) {
        List<RecordingEntry> entries = new ArrayList<>();
        // Attention is named by the operation that computes it; its own rows are many, and made when one asks for them.
        record(
                call,
                name -> !name.contains(PROBABILITIES),
                one -> entries.add(new RecordingEntry(one.name(), one.rows(), one.columns())));
        call.json(entries);
    }

    private void file(PageCall call) {
        String wanted = call.text("name");
        List<Recording> found = new ArrayList<>();
        record(call, wanted::equals, found::add);
        if (found.isEmpty()) {
            throw HttpFailure.notFound(
                    "name",
                    "unknown_url",
                    "the recorder sees no " + RecordJson.shown(wanted) + "; .../recordings lists what it sees, and"
                            + " SCOPE.attention.probabilities[0] is the attention of a scope with attention");
        }
        Recording one = found.getLast();
        ByteBuffer bytes = ByteBuffer.allocate(
                        Math.addExact(NpyHeader.BYTES, Math.multiplyExact(one.values().length, Float.BYTES)))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(NpyHeader.of(one.rows(), one.columns()));
        bytes.asFloatBuffer().put(one.values());
        call.bytes("application/octet-stream", bytes.array());
    }

    private void record(PageCall call, Predicate<String> wanted, Consumer<Recording> listener) {
        ClipRun run = store.find(call.variable(0), ClipRun.class);
        StudioModel model = models.find(run.model());
        queue.compute(() -> {
            Clip clip = model.clip();
            PreparedPicture picture = pictures.use(
                    run.picture(), shown -> clip.preprocessing().prepare(ClipRun.seen(shown, run.region())));
            return clip.observed(backend -> new RecordingBackend(backend, wanted, listener), () -> clip.embed(picture));
        });
    }
}
