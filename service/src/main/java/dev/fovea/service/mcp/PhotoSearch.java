package dev.fovea.service.mcp;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import dev.fovea.search.IndexListener;
import dev.fovea.search.IndexReport;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.search.SideFields;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.mcp.ToolAnswers.PhotoFound;
import dev.fovea.service.mcp.ToolAnswers.PhotosFound;
import dev.fovea.service.mcp.ToolRequests.SearchPhotos;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedIndexes;
import dev.fovea.service.served.ServedIndexes.ServedIndex;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds photos in the allowed folders: in an index that was given, or in one for each folder, which is made when it is
 * first searched, kept among the user's caches and brought up to date by later searches.
 */
public final class PhotoSearch implements AutoCloseable {

    private static final int USUAL = 10;

    /** For how long an index counts as up to date, since each look at a folder reads all its names. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final ServedModels models;
    private final PictureSource pictures;
    private final ServiceLimits limits;
    private final Path cache;
    private final ServedIndexes given = new ServedIndexes();
    private boolean isGiven;
    private final Map<Path, FolderIndex> indexes = new HashMap<>();

    /**
     * Prepares searches.
     *
     * @param cache the folder in which indexes of folders are kept; made when the first is
     */
    public PhotoSearch(ServedModels models, PictureSource pictures, ServiceLimits limits, Path cache) {
        this.models = models;
        this.pictures = pictures;
        this.limits = limits;
        this.cache = cache;
    }

    /** Searches an index that is there, with the model that made it, instead of making some. */
    public void use(Path index, LoadOptions options) {
        given.add("given", index, options, models);
        isGiven = true;
    }

    /** Answers a call. */
    PhotosFound search(SearchPhotos request, ToolCall call) {
        if (request.query() == null && request.image() == null) {
            throw HttpFailure.badRequest("query", "there is nothing to look for; give query, image or both");
        }
        if (call.folders().real().isEmpty()) {
            throw HttpFailure.badRequest(
                    "query", "no folder is allowed here; start the server with --root FOLDER to allow one");
        }
        int top = request.top() == null ? USUAL : request.top();
        return isGiven ? searchGiven(request, top, call) : searchFolders(request, top, call);
    }

    private PhotosFound searchGiven(SearchPhotos request, int top, ToolCall call) {
        ServedIndex index = given.find(null);
        String below = call.folders().names().stream()
                .map(folder ->
                        "folder=\"" + folder.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
                .collect(Collectors.joining(" or "));
        PhotoQuery query = query(request, index.model(), call).where(below);
        Lane lane = request.image() == null ? Lane.TEXTS : Lane.PICTURES;
        List<PhotoFound> found = index.search(query, lane, top, call.deadline()).stream()
                .filter(hit -> call.folders().allows(hit.file()))
                .map(PhotoSearch::found)
                .toList();
        return new PhotosFound(index.model().name(), index.photos().info().pictures(), found, null);
    }

    private PhotosFound searchFolders(SearchPhotos request, int top, ToolCall call) {
        ServedModel model = models.all().stream()
                .filter(one -> one.abilities().containsAll(List.of(Ability.EMBED, Ability.CLASSIFY)))
                .findFirst()
                .orElseThrow(() -> HttpFailure.badRequest(
                        "query", "no model here is for searching photos; start the server with a CLIP"));
        Clip clip = model.clip(call.deadline());
        PhotoQuery query = query(request, model, call);
        List<PhotoHit> hits = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        int photos = 0;
        for (Path folder : call.folders().real()) {
            FolderIndex index = index(folder, clip, model.name());
            index.update(call.progress()).ifPresent(notes::add);
            photos += index.pictures();
            hits.addAll(index.search(query, top));
        }
        List<PhotoFound> best = hits.stream()
                .filter(hit -> call.folders().allows(hit.file()))
                .sorted(Comparator.comparingDouble(PhotoHit::score).reversed())
                .limit(top)
                .map(PhotoSearch::found)
                .toList();
        return new PhotosFound(model.name(), photos, best, notes.isEmpty() ? null : String.join("; ", notes));
    }

    private static PhotoFound found(PhotoHit hit) {
        return new PhotoFound(hit.file().toString(), hit.score(), hit.fields());
    }

    private PhotoQuery query(SearchPhotos request, ServedModel model, ToolCall call) {
        PhotoQuery query = null;
        if (request.query() != null) {
            limits.requireWords(request.query(), "query", "say what the photos show");
            model.requireTexts("query");
            query = PhotoQuery.of(request.query());
        }
        if (request.image() != null) {
            ImageData image = ImageData.of(call.folders().read(request.image(), "image"));
            PictureInput picture =
                    pictures.prepare(image, "image", model.clip(call.deadline()).preprocessing(), call.deadline());
            query = query == null ? PhotoQuery.of(picture) : query.and(picture, 1);
        }
        return request.where() == null ? query : query.where(request.where());
    }

    private synchronized FolderIndex index(Path folder, Clip clip, String model) {
        return indexes.computeIfAbsent(folder, key -> {
            Path kept = cache.resolve(name(folder + " " + clip.fingerprint()));
            return new FolderIndex(folder, kept, PhotoIndex.open(kept, clip, model));
        });
    }

    private static String name(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    @Override
    public synchronized void close() {
        indexes.values().forEach(FolderIndex::close);
        given.close();
    }

    /** The index of an allowed folder. */
    private static final class FolderIndex implements AutoCloseable {

        private final Path folder;
        private final Path kept;
        private final PhotoIndex photos;
        private long updated = System.nanoTime() - FRESH.toNanos();

        FolderIndex(Path folder, Path kept, PhotoIndex photos) {
            this.folder = folder;
            this.kept = kept;
            this.photos = photos;
        }

        /**
         * Brings the index up to date, one call at a time.
         *
         * @return what is missing, if something is
         */
        synchronized Optional<String> update(ToolCall.Progress progress) {
            if (System.nanoTime() - updated < FRESH.toNanos()) {
                return Optional.empty();
            }
            try {
                IndexReport report = photos.update(List.of(folder), SideFields.NONE, new Told(progress));
                updated = System.nanoTime();
                int unreadable = report.unreadable().size();
                return Optional.of(unreadable)
                        .filter(some -> some > 0)
                        .map(some -> some + " files in " + folder + " cannot be read");
            } catch (CancelledException cancelled) {
                throw cancelled;
            } catch (FoveaException busy) {
                if (pictures() == 0) {
                    throw busy;
                }
                return Optional.of("the index is as it was before: " + busy.getMessage());
            }
        }

        int pictures() {
            return PhotoIndex.isIndex(kept) ? photos.info().pictures() : 0;
        }

        List<PhotoHit> search(PhotoQuery query, int top) {
            return photos.search(query, top);
        }

        @Override
        public void close() {
            photos.close();
        }
    }

    /** Tells a client how many photos are indexed. */
    private static final class Told implements IndexListener {

        private static final int EVERY = 16;

        private final ToolCall.Progress progress;
        private int total;
        private int done;

        Told(ToolCall.Progress progress) {
            this.progress = progress;
        }

        @Override
        public void started(List<Path> files) {
            total = files.size();
        }

        @Override
        public void advanced() {
            if (++done % EVERY == 0 || done == total) {
                progress.report(done, total, "indexed " + done + " of " + total + " photos");
            }
        }
    }
}
