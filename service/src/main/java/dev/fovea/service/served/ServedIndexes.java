package dev.fovea.service.served;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.compute.Operation;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The indexes of a service by name, in the order in which they were given, each with the model that made it. */
public final class ServedIndexes implements AutoCloseable {

    /**
     * An index.
     *
     * @param model that made it, which is served as well
     */
    public record ServedIndex(String name, PhotoIndex photos, ServedModel model) {

        /**
         * Finds pictures.
         *
         * @param lane for pictures if one is in the query
         */
        public List<PhotoHit> search(PhotoQuery query, Lane lane, int count, Deadline deadline) {
            String name = lane == Lane.TEXTS ? "search" : "search-pictures";
            return model.computeOne(
                    Operation.<PhotoQuery, List<PhotoHit>>alone(name, lane, asked -> photos.search(asked, count)),
                    query,
                    deadline);
        }
    }

    private final Map<String, ServedIndex> indexes = new LinkedHashMap<>();

    /**
     * Opens an index with the model that made it. If that is served already, it is shared; if not, it is served from
     * now on, under its own name.
     *
     * @param options how the model is loaded if it is not served already
     */
    public void add(String name, Path folder, LoadOptions options, ServedModels models) {
        String made;
        try (PhotoIndex there = PhotoIndex.open(folder)) {
            made = there.info().model();
        }
        Path checkpoint = Models.folder(made, options.withoutDownload());
        ServedModel model = models.of(checkpoint).orElseGet(() -> models.add(made, checkpoint, options));
        model.acquire(); // for good, since the index holds its CLIP
        models.load(model);
        Clip clip = model.clip(ServedModels.NEVER);
        indexes.put(name, new ServedIndex(name, PhotoIndex.open(folder, clip, made), model));
    }

    /**
     * Returns an index.
     *
     * @param name as a request says, or null for the first
     * @throws HttpFailure if there is none
     */
    public ServedIndex find(String name) {
        if (indexes.isEmpty()) {
            throw HttpFailure.notFound(
                    "index", "index_not_found", "there is no index here; start the service with --index NAME=INDEX");
        }
        ServedIndex index = name == null ? indexes.values().iterator().next() : indexes.get(name);
        if (index == null) {
            throw HttpFailure.notFound(
                    "index",
                    "index_not_found",
                    "there is no index " + RecordJson.shown(name) + " here; use one of "
                            + String.join(", ", indexes.keySet()));
        }
        return index;
    }

    @Override
    public void close() {
        indexes.values().forEach(index -> index.photos().close());
    }
}
