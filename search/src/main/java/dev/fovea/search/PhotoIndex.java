package dev.fovea.search;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.filter.PhotoFilter;
import dev.fovea.search.store.IndexFolder;
import dev.fovea.search.store.IndexIdentity;
import dev.fovea.search.store.IndexWriting;
import dev.fovea.search.store.LeafPhotos;
import dev.fovea.search.store.NearestPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;

/**
 * Keeps an index of pictures in a folder and searches it: by words, by pictures, by both, within a condition.
 *
 * <pre>{@code
 * try (Clip clip = Clip.load("clip-mini");
 *         PhotoIndex index = PhotoIndex.open(Path.of("photos.index"), clip)) {
 *     index.update(List.of(Path.of("photos")));
 *     index.search("a red car in the snow", 10).forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Only what is new or changed is computed. One process may write at a time, any number may read meanwhile; they see
 * what was written a few seconds before. Safe to use from many threads. Searching takes Lucene's SIMD loops where Java
 * runs with {@code --add-modules jdk.incubator.vector}.
 */
public final class PhotoIndex implements AutoCloseable {

    private final Path folder;
    private final IndexFolder index;
    /** The model, null where the index was opened without one. */
    private final IndexModel model;

    private final IndexIdentity identity;

    private PhotoIndex(Path folder, IndexFolder index, IndexModel model, IndexIdentity identity) {
        this.folder = folder;
        this.index = index;
        this.model = model;
        this.identity = identity;
    }

    /** Returns whether there is an index in a folder, whole or not. */
    public static boolean isIndex(Path folder) {
        return IndexFolder.isIndex(Objects.requireNonNull(folder, "folder is null"));
    }

    /**
     * Opens an index that is there, for duplicates and for searching by vectors.
     *
     * @throws FoveaException if there is no index, or it is damaged, of another version of Fovea or one of documents
     */
    public static PhotoIndex open(Path folder) {
        IndexFolder index = IndexFolder.open(Objects.requireNonNull(folder, "folder is null"));
        IndexIdentity identity = index.identity();
        if (identity.isOfDocuments()) {
            index.close();
            throw new FoveaException(
                    folder + ": holds the documents of a vector store and no pictures; name an index of pictures");
        }
        return new PhotoIndex(folder, index, null, identity);
    }

    /**
     * Opens an index with the model that made it, or a new one.
     *
     * @param folder is made if it is not there yet
     * @param clip stays open when the index is closed
     * @throws FoveaException if the index was made with another model or precision, or is damaged or of another version
     *     of Fovea, or the folder holds anything else
     */
    public static PhotoIndex open(Path folder, Clip clip) {
        Objects.requireNonNull(clip, "clip is null");
        return open(folder, clip, clip.folder().getFileName().toString());
    }

    /**
     * Opens an index as {@link #open(Path, Clip)} does.
     *
     * @param model how the model is called in messages and in {@link #info()}
     */
    public static PhotoIndex open(Path folder, Clip clip, String model) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(clip, "clip is null");
        Objects.requireNonNull(model, "model is null");
        return open(folder, IndexModel.of(clip), model);
    }

    /**
     * Opens an index as {@link #open(Path, Clip)} does, with a model that is loaded when it is first needed and closed
     * with the index. An update without changes needs no model.
     *
     * @param checkpoint the model's folder
     * @param options how the model is loaded
     * @param model how the model is called in messages and in {@link #info()}
     */
    public static PhotoIndex open(Path folder, Path checkpoint, LoadOptions options, String model) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(checkpoint, "checkpoint is null");
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(model, "model is null");
        return open(folder, IndexModel.of(checkpoint, options), model);
    }

    private static PhotoIndex open(Path folder, IndexModel model, String name) {
        String fingerprint = model.fingerprint();
        IndexFolder index = IndexFolder.create(folder);
        try {
            Optional<IndexIdentity> made = index.existingIdentity();
            int dimension = made.filter(there -> there.fingerprint().equals(fingerprint))
                    .map(IndexIdentity::dimension)
                    .orElseGet(() -> model.clip().dimension());
            IndexIdentity identity = new IndexIdentity(name, fingerprint, model.compute(), dimension);
            made.ifPresent(there -> requireSame(folder, there, identity));
            return new PhotoIndex(folder, index, model, identity);
        } catch (RuntimeException e) {
            try (index) {
                model.close();
            }
            throw e;
        }
    }

    private static void requireSame(Path folder, IndexIdentity made, IndexIdentity used) {
        if (!made.fits(used)) {
            throw new FoveaException(folder + ": was made with " + describe(made) + ", whose vectors cannot be compared"
                    + " with those of " + describe(used) + "; use that model, or make another index");
        }
    }

    private static String describe(IndexIdentity identity) {
        return "the model " + identity.model() + " in " + identity.compute() + " ("
                + identity.fingerprint().substring(0, 8) + ")";
    }

    /**
     * Describes the index.
     *
     * @throws FoveaException if nothing was indexed yet
     */
    public IndexInfo info() {
        IndexIdentity made = index.identity();
        int pictures = index.read(searcher -> searcher.getIndexReader().numDocs());
        return new IndexInfo(made.model(), made.compute(), made.dimension(), pictures);
    }

    /**
     * Brings the index up to date with folders: adds pictures that are new, computes those anew whose content changed,
     * recognises those that were moved, and removes those that are gone. Pictures of other folders stay.
     *
     * @param folders folders with all below them, or single files
     * @return what was done
     * @throws FoveaException if somebody else writes to the index, or it cannot be written; what was indexed before
     *     that is kept
     * @throws IllegalStateException if the index was opened without a model
     */
    public IndexReport update(List<Path> folders) {
        return update(folders, SideFields.NONE, IndexListener.NONE);
    }

    /**
     * Brings the index up to date as {@link #update(List)} does.
     *
     * @param fields what is known about the pictures besides; those that it does not name keep what they had
     * @param listener follows the progress
     */
    public synchronized IndexReport update(List<Path> folders, SideFields fields, IndexListener listener) {
        Objects.requireNonNull(folders, "folders is null");
        Objects.requireNonNull(fields, "fields is null");
        Objects.requireNonNull(listener, "listener is null");
        return write(writing -> {
            try (IndexUpdate update = new IndexUpdate(model, writing, folders, fields, listener)) {
                return update.run();
            }
        });
    }

    /**
     * Adds pictures whose vectors the model of this index has computed elsewhere, such as on a cluster. A picture takes
     * the place of the one with its path; pictures that are not given stay. That the vectors are of this model is for
     * the caller to know.
     *
     * @return how many were added
     * @throws FoveaException if a vector has another length than those of the index or is not finite, somebody else
     *     writes to the index, or it cannot be written; what was added before that is kept
     * @throws IllegalStateException if the index was opened without a model
     */
    public synchronized int add(Iterator<EmbeddedPhoto> photos) {
        Objects.requireNonNull(photos, "photos is null");
        return write(writing -> {
            int added = 0;
            for (; photos.hasNext(); added++) {
                AddedPhotos.put(photos.next(), identity.dimension(), writing);
                writing.commitNowAndThen();
            }
            writing.commit();
            if (writing.needsGraph()) {
                writing.buildGraph();
            }
            return added;
        });
    }

    /**
     * Adds pictures from files as {@link #add(Iterator)} does, if their vectors are as long as those of the index.
     *
     * @throws FoveaException as {@link #add(Iterator)}, and before anything is added if the vectors have another length
     */
    public int add(VectorFiles files) {
        Objects.requireNonNull(files, "files is null");
        if (files.dimension() != identity.dimension()) {
            throw new FoveaException("the vectors have " + files.dimension() + " numbers, those of the model "
                    + identity.model() + " have " + identity.dimension() + "; name the model that computed them");
        }
        return add(files.iterator());
    }

    /** Writes to an index. */
    @FunctionalInterface
    private interface Writing<T> {
        T write(IndexWriting writing) throws IOException;
    }

    private <T> T write(Writing<T> work) {
        if (model == null) {
            throw new IllegalStateException("this index was opened without a model; open it with one to update it");
        }
        try (IndexWriting writing = index.write(identity)) {
            index.existingIdentity().ifPresent(made -> requireSame(folder, made, identity));
            try {
                return work.write(writing);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException | Error stopped) {
                keep(writing, stopped);
                throw stopped;
            }
        }
    }

    private static void keep(IndexWriting writing, Throwable stopped) {
        try {
            writing.keep();
        } catch (FoveaException alsoWrong) {
            stopped.addSuppressed(alsoWrong);
        }
    }

    /**
     * Finds the pictures that fit a text best.
     *
     * @param count how many at most
     * @return the best first
     */
    public List<PhotoHit> search(String text, int count) {
        return search(PhotoQuery.of(text), count);
    }

    /**
     * Finds the pictures that fit a query best, by the cosine to its vector. All pictures that match are compared up to
     * 20,000; beyond that a graph finds candidates ({@link PhotoQuery#candidates}), and may miss one of a hundred that
     * a comparison with all would find.
     *
     * @param count how many at most, 1 or more
     * @return the best first; none of an index without pictures
     * @throws FoveaException if the condition cannot be read or names an unknown field, the parts of the query cancel
     *     each other out, or the index is damaged
     */
    public List<PhotoHit> search(PhotoQuery query, int count) {
        Objects.requireNonNull(query, "query is null");
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; expected at least 1");
        }
        float[] vector = QueryVector.of(query, model, identity.dimension());
        return index.read(searcher -> {
            if (searcher.getIndexReader().numDocs() == 0) {
                return List.of();
            }
            Query filter = query.condition().isEmpty()
                    ? null
                    : PhotoFilter.parse(query.condition(), searcher.getIndexReader());
            List<NearestPhotos.Near> nearest = query.candidates().isEmpty()
                    ? NearestPhotos.find(searcher, vector, filter, count)
                    : NearestPhotos.find(
                            searcher,
                            vector,
                            filter,
                            count,
                            Math.max(count, query.candidates().getAsInt()));
            return hits(searcher, nearest);
        });
    }

    /** Reads what is known about pictures, in the order of their documents, as the index can. */
    private static List<PhotoHit> hits(IndexSearcher searcher, List<NearestPhotos.Near> found) throws IOException {
        List<NearestPhotos.Near> inOrder = found.stream()
                .sorted(Comparator.comparingInt(NearestPhotos.Near::document))
                .toList();
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        Map<NearestPhotos.Near, PhotoHit> hits = new HashMap<>();
        LeafReaderContext leaf = null;
        LeafPhotos photos = null;
        for (NearestPhotos.Near near : inOrder) {
            LeafReaderContext of = leaves.get(ReaderUtil.subIndex(near.document(), leaves));
            if (of != leaf) {
                leaf = of;
                photos = new LeafPhotos(leaf.reader());
            }
            PhotoRecord photo = photos.photo(near.document() - leaf.docBase);
            hits.put(near, new PhotoHit(photo.file(), near.cosine(), photo.fields()));
        }
        return found.stream().map(hits::get).toList();
    }

    /**
     * Passes all pictures and their vectors to a receiver, in no particular order.
     *
     * @param receiver is given the file, absolute, and its vector, of length 1
     */
    public void forEach(BiConsumer<Path, float[]> receiver) {
        Objects.requireNonNull(receiver, "receiver is null");
        index.read(searcher -> {
            LeafPhotos.forEach(
                    searcher.getIndexReader(),
                    (segment, photos, document) ->
                            receiver.accept(Path.of(photos.path(document)), photos.vector(document)));
            return null;
        });
    }

    /**
     * Writes the index as files that other programs load: {@code vectors.npy}, a matrix of 32-bit floats with a row for
     * each picture, and {@code pictures.jsonl} with a line for each row: image, sha256_128 (the first half of the
     * content's SHA-256), width, height, and where they are known taken, latitude, longitude and fields.
     *
     * @param folder is made if it is not there yet; files of these names in it are replaced, each in one step
     * @return how many pictures there are
     * @throws FoveaException if the files cannot be written
     */
    public int export(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return index.read(searcher -> IndexExport.write(searcher, identity.dimension(), folder));
    }

    /**
     * Groups pictures that look alike, and copies, on the CPU with all cores.
     *
     * @param threshold least cosine of two pictures that belong together, larger than 0 and at most 1; 0.97 finds
     *     pictures that were scaled or saved again
     * @return the largest group first; pictures without a duplicate are in none
     * @throws FoveaException if the threshold is out of range, or the index is damaged
     */
    public List<DuplicateGroup> duplicates(double threshold) {
        try (Backend backend = Backends.open(Backends.DEFAULT, 0)) {
            return duplicates(threshold, backend);
        }
    }

    /**
     * Groups pictures that look alike as {@link #duplicates(double)} does. Each two pictures are compared: 100,000 take
     * some 40 seconds on two cores.
     *
     * @param backend what compares them
     */
    public List<DuplicateGroup> duplicates(double threshold, Backend backend) {
        Objects.requireNonNull(backend, "backend is null");
        if (!(threshold > 0 && threshold <= 1)) {
            throw new FoveaException("the threshold is a cosine, larger than 0 and at most 1, found " + threshold);
        }
        return index.read(searcher -> Duplicates.find(searcher, backend, identity.dimension(), (float) threshold));
    }

    /** Closes the files of the index, and the model unless it was given loaded. */
    @Override
    public void close() {
        try (index) {
            if (model != null) {
                model.close();
            }
        }
    }
}
