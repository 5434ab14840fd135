package dev.fovea.studio.photos;

import dev.fovea.search.IndexListener;
import dev.fovea.search.IndexReport;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.search.SideFields;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The pictures that the page searches: those of an index that was made before, or those of a folder, which are indexed
 * while the page is used. The index of a folder lies in a temporary one and goes with the studio. Safe to use from
 * several threads.
 */
public final class SearchedPhotos implements AutoCloseable {

    private static final int NAMED = 20;
    private static final System.Logger LOG = System.getLogger("dev.fovea.studio");

    private final String model;
    private final Path temporary;
    private final Thread indexing;
    private final List<String> unreadable = new ArrayList<>();
    private volatile PhotoIndex photos;
    private volatile String problem;
    private volatile boolean finished;
    private final AtomicInteger done = new AtomicInteger();
    private volatile int of;
    private volatile int others;

    /**
     * What there is to search, for the page.
     *
     * @param pictures how many can be found
     * @param model that made their vectors
     * @param finished whether all are there
     * @param done how many of a folder's pictures were looked at
     * @param of how many a folder has, 0 until they are counted
     * @param unreadable names of the first files that cannot be read
     * @param otherFormats how many files are pictures in formats that are not read
     * @param problem why indexing ended early, or null
     */
    public record SearchState(
            int pictures,
            String model,
            boolean finished,
            int done,
            int of,
            List<String> unreadable,
            int otherFormats,
            String problem) {}

    /** Searches an index, which is closed with this. */
    public SearchedPhotos(PhotoIndex photos) {
        this.photos = photos;
        model = photos.info().model();
        temporary = null;
        indexing = null;
        finished = true;
    }

    /**
     * Begins to index a folder with all below it.
     *
     * @param model stays the caller's to close, after this
     */
    public SearchedPhotos(Path folder, StudioModel model) {
        this.model = model.name();
        try {
            temporary = Files.createTempDirectory("fovea-studio-");
        } catch (IOException e) {
            throw new FoveaException(
                    "no folder for an index can be made in " + System.getProperty("java.io.tmpdir")
                            + "; make it writable, or index the pictures with fovea index",
                    e);
        }
        indexing = Thread.ofPlatform().daemon().name("fovea-studio-index").start(() -> index(folder, model));
    }

    private void index(Path folder, StudioModel with) {
        try {
            PhotoIndex index = PhotoIndex.open(temporary.resolve("photos.index"), with.clip(), model);
            index.update(List.of()); // so that it can be searched from now on
            photos = index;
            IndexReport report = index.update(List.of(folder), SideFields.NONE, new Followed());
            others = report.otherFormats().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            finished = true;
        } catch (CancelledException closing) {
            problem = "the studio stops";
        } catch (FoveaException said) {
            problem = said.getMessage();
        } catch (RuntimeException | Error fault) {
            LOG.log(Level.ERROR, "indexing stopped", fault);
            problem = "indexing stopped: " + fault + "; index the pictures with fovea index, and give the index";
        }
    }

    private final class Followed implements IndexListener {

        @Override
        public void started(List<Path> files) {
            of = files.size();
        }

        @Override
        public void advanced() {
            done.incrementAndGet();
        }

        @Override
        public void unreadable(Path file, String reason) {
            synchronized (unreadable) {
                if (unreadable.size() < NAMED) {
                    unreadable.add(String.valueOf(file.getFileName()));
                }
            }
        }
    }

    /** Returns what there is to search. */
    public SearchState state() {
        PhotoIndex now = photos;
        List<String> names;
        synchronized (unreadable) {
            names = List.copyOf(unreadable);
        }
        return new SearchState(
                now == null ? 0 : now.info().pictures(), model, finished, done.get(), of, names, others, problem);
    }

    /**
     * Finds pictures as {@link PhotoIndex#search(PhotoQuery, int)} does.
     *
     * @throws HttpFailure if indexing has not begun yet
     */
    public List<PhotoHit> search(PhotoQuery query, int count) {
        PhotoIndex now = photos;
        if (now == null) {
            throw HttpFailure.unavailable(
                    "indexing", problem == null ? model + " is being loaded; search again in a moment" : problem);
        }
        return now.search(query, count);
    }

    /** Stops indexing and deletes the index of a folder. */
    @Override
    public void close() {
        if (indexing != null) {
            indexing.interrupt();
            try {
                indexing.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (photos != null) {
            photos.close();
        }
        if (temporary != null) {
            delete(temporary);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            LOG.log(Level.WARNING, folder + ": cannot be deleted", left);
        }
    }
}
