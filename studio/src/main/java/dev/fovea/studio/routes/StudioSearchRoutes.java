package dev.fovea.studio.routes;

import dev.fovea.models.image.Picture;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoQuery;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.About;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.photos.SearchedPhotos;
import dev.fovea.studio.pictures.PictureSteps;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.runs.RunQueue;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageHandler;
import dev.fovea.studio.web.PageRoute;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Searches the pictures that the studio was started with. The page knows pictures by numbers, never by their files. */
public final class StudioSearchRoutes {

    private static final int USUAL = 24;
    private static final int MOST = 200;
    private static final int CHARACTERS = 2000;
    private static final Duration TIME = Duration.ofSeconds(30);

    private final SearchedPhotos photos;
    private final StudioPictures pictures;
    private final RunQueue queue;
    private final Map<Path, Integer> numbers = new HashMap<>();
    private final List<Path> files = new ArrayList<>();

    /**
     * Makes the routes.
     *
     * @param photos what is searched, or null for nothing
     */
    public StudioSearchRoutes(SearchedPhotos photos, StudioPictures pictures, RunQueue queue) {
        this.photos = photos;
        this.pictures = pictures;
        this.queue = queue;
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(
                PageRoute.post("/api/search", this::search),
                PageRoute.get("/api/search", this::state),
                PageRoute.post("/api/search/*/picture", this::take),
                PageRoute.get("/api/search/*.png", this::png));
    }

    /** What the page looks for. */
    record StudioSearch(
            @About("words") String text,
            @About("the id of a picture of the page") String picture,
            @About("the id of a picture that was found") String like,

            @About(value = "how many to find", min = 1, max = MOST)
            Integer top) {}

    /** A picture that was found. */
    record FoundPicture(String id, String name, float score) {}

    /** What was found, for the page. */
    record StudioSearchAnswer(List<FoundPicture> results) {}

    private SearchedPhotos photos() {
        if (photos == null) {
            throw HttpFailure.refused(
                    409, "cannot", "there are no pictures to search; start fovea studio PHOTOS, with a folder of them");
        }
        return photos;
    }

    private void state(PageCall call) {
        call.json(photos().state());
    }

    /** Makes a picture that was found one of the page's, so that models can look at it. */
    private void take(PageCall call) {
        Path file = file(call.variable(0));
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(PageHandler.BODY_BYTES + 1);
            if (bytes.length > PageHandler.BODY_BYTES) {
                throw HttpFailure.badRequest("this file has more than " + (PageHandler.BODY_BYTES >> 20)
                        + " MB, the most that the page takes; save it smaller");
            }
            call.json(pictures.add(bytes, file.getFileName().toString()));
        } catch (IOException gone) {
            throw HttpFailure.notFound("picture", "no_picture", "this picture is no longer where it was; search again");
        }
    }

    private void search(PageCall call) {
        SearchedPhotos photos = photos();
        StudioSearch request = RecordJson.read(call.body(), StudioSearch.class);
        int top = request.top() == null ? USUAL : request.top();
        List<PhotoHit> hits = queue.compute(() -> photos.search(query(request), top));
        call.json(new StudioSearchAnswer(hits.stream()
                .map(hit -> new FoundPicture(
                        Integer.toString(number(hit.file())),
                        hit.file().getFileName().toString(),
                        hit.score()))
                .toList()));
    }

    private PhotoQuery query(StudioSearch request) {
        PhotoQuery query = null;
        if (request.text() != null && !request.text().isBlank()) {
            if (request.text().length() > CHARACTERS) {
                throw HttpFailure.badRequest(
                        "text",
                        "the text has " + request.text().length() + " characters; expected at most " + CHARACTERS);
            }
            query = PhotoQuery.of(request.text());
        }
        if (request.picture() != null) {
            Picture picture = pictures.use(request.picture(), shown -> shown.toRgb());
            query = query == null ? PhotoQuery.of(picture) : query.and(picture, 1);
        }
        if (request.like() != null) {
            Picture picture = Picture.read(file(request.like()), TIME);
            query = query == null ? PhotoQuery.of(picture) : query.and(picture, 1);
        }
        if (query == null) {
            throw HttpFailure.badRequest("text", "there is nothing to look for; give text, picture or like");
        }
        return query;
    }

    private synchronized int number(Path file) {
        return numbers.computeIfAbsent(file, found -> {
            files.add(found);
            return files.size() - 1;
        });
    }

    private synchronized Path file(String id) {
        if (id.matches("\\d{1,9}") && Integer.parseInt(id) < files.size()) {
            return files.get(Integer.parseInt(id));
        }
        throw HttpFailure.notFound("like", "no_picture", "no picture of this number was found; search again");
    }

    private void png(PageCall call) {
        call.bytes("image/png", PictureSteps.png(Picture.read(file(call.variable(0)), TIME), call.has("full")));
    }
}
