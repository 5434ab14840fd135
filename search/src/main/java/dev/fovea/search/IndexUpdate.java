package dev.fovea.search;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.files.PictureFolders;
import dev.fovea.models.image.PictureMetadata;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.search.store.ContentKey;
import dev.fovea.search.store.IndexWriting;
import dev.fovea.search.store.LeafPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;

/**
 * Brings an index up to date with folders, once:
 *
 * <pre>{@code
 * walk the folders
 * for each file: same path, size and time as in the index -> unchanged
 * for each other file: read it and compute its key
 *     a picture of the index has the key -> take its vector (the file was moved, copied or touched)
 *     else                               -> embed it
 * remove what is gone
 * }</pre>
 */
final class IndexUpdate implements AutoCloseable {

    /** A file that was written so recently may be written again without its time changing. */
    private static final long RECENT_MILLIS = 2000;

    private final IndexModel model;
    private final IndexWriting writing;
    private final List<Path> folders;
    private final SideFields side;
    private final IndexListener listener;

    private final DirectoryReader before;
    private final Map<String, Known> byPath = new HashMap<>();
    private final Map<ContentKey, Known> byContent = new HashMap<>();

    /** Paths that were found. */
    private final Set<String> found = new HashSet<>();

    private final List<Candidate> candidates = new ArrayList<>();
    private final Deque<Read> embedding = new ArrayDeque<>();
    private final List<Path> unseen = new ArrayList<>();
    private final List<IndexReport.Unreadable> unreadable = new ArrayList<>();
    private final Map<String, Integer> otherFormats = new TreeMap<>();
    /** Paths that are gone and not yet removed. */
    private final Set<String> gone = new HashSet<>();

    private final FileContent content = new FileContent();
    private int added;
    private int updated;
    private int moved;
    private int removed;
    private int unchanged;

    /** Describes a picture that the index had before. */
    private record Known(String path, long size, long time, ContentKey hash, int leaf, int document) {}

    /** Describes a file that must be read. */
    private record Candidate(Path file, long size, long time) {}

    /** Describes a file that was read and is being embedded. */
    private record Read(Candidate candidate, ContentKey hash, PictureMetadata metadata) {}

    /** Holds what is kept of a picture that was embedded. */
    private record Embedded(float[] vector, int width, int height) {}

    IndexUpdate(IndexModel model, IndexWriting writing, List<Path> folders, SideFields side, IndexListener listener) {
        this.model = model;
        this.writing = writing;
        this.folders = folders.stream()
                .map(folder -> folder.toAbsolutePath().normalize())
                .toList();
        this.side = side;
        this.listener = listener;
        this.before = writing.reader();
    }

    IndexReport run() throws IOException {
        readKnown();
        for (Path folder : folders) {
            find(folder);
        }
        findGone();
        listener.started(candidates.stream().map(Candidate::file).toList());
        embed();
        for (String path : gone) {
            writing.remove(path);
            removed++;
        }
        writing.commit();
        if (writing.needsGraph()) {
            listener.buildingGraph();
            writing.buildGraph();
        }
        try (DirectoryReader after = writing.reader()) {
            return new IndexReport(
                    after.numDocs(), added, updated, moved, removed, unchanged, unreadable, otherFormats);
        }
    }

    private void readKnown() throws IOException {
        LeafPhotos.forEach(before, (segment, photos, document) -> {
            Known known = new Known(
                    photos.path(document),
                    photos.size(document),
                    photos.time(document),
                    photos.hash(document),
                    segment.ord,
                    document);
            byPath.put(known.path, known);
            byContent.put(known.hash, known);
        });
    }

    private void find(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            try {
                look(folder, Files.readAttributes(folder, BasicFileAttributes.class));
            } catch (IOException e) {
                leaveOut(folder, folder + ": no such file or folder; check the path");
            }
            return;
        }
        try {
            PictureFolders.walk(folder, new PictureFolders.Visitor() {
                @Override
                public void picture(Path file, BasicFileAttributes attributes) {
                    try {
                        look(file, attributes);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public void problem(Path path, String reason) {
                    leaveOut(path, reason);
                }

                @Override
                public void otherFormat(Path file, String format) {
                    otherFormats.merge(format, 1, Integer::sum);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Sorts in a file: unchanged, or to be read. */
    private void look(Path file, BasicFileAttributes attributes) throws IOException {
        String path = file.toString();
        if (!isText(file)) {
            leaveOut(file, path + ": its name is no text in this system's encoding; rename it");
            return;
        }
        if (!found.add(path)) {
            return; // a folder was given twice
        }
        long time = attributes.lastModifiedTime().toMillis();
        Known known = byPath.get(path);
        if (known != null && known.size == attributes.size() && known.time == time) {
            keep(known);
        } else {
            boolean recent = time > System.currentTimeMillis() - RECENT_MILLIS;
            candidates.add(new Candidate(file, attributes.size(), recent ? PhotoRecord.UNSURE : time));
        }
    }

    /** Returns whether a file can be found again by its name as a text; names of files are bytes to some systems. */
    private static boolean isText(Path file) {
        try {
            return Path.of(file.toString()).equals(file);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Counts a file that did not change, unless the side file says something else about it now. */
    private void keep(Known known) throws IOException {
        Optional<Map<String, List<String>>> fields = side.find(Path.of(known.path), folders);
        if (fields.isPresent()) {
            PhotoRecord photo = photo(known);
            if (!photo.fields().equals(fields.get())) {
                writing.put(photo.withFields(fields.get()), vector(known));
                writing.commitNowAndThen();
                updated++;
                return;
            }
        }
        unchanged++;
    }

    private void findGone() {
        for (String path : byPath.keySet()) {
            Path file = Path.of(path);
            boolean ours = folders.stream().anyMatch(file::startsWith);
            // Below a folder that cannot be read now nobody knows.
            if (ours && !found.contains(path) && unseen.stream().noneMatch(file::startsWith)) {
                gone.add(path);
            }
        }
    }

    private void embed() throws IOException {
        Iterator<Path> files = toEmbed();
        if (!files.hasNext()) {
            return; // without a model
        }
        // The first pictures are read while the model is loaded.
        try (PicturePipeline<PreparedPicture> pipeline =
                PicturePipeline.start(files, () -> model.preprocessing()::prepare)) {
            Clip clip = model.clip();
            Iterator<PicturePipeline.Outcome<Embedded>> outcomes =
                    pipeline.outcomes(clip.backend(), (batch, indices) -> embedded(clip, batch));
            while (outcomes.hasNext()) {
                PicturePipeline.Outcome<Embedded> outcome = outcomes.next();
                Read read = embedding.remove();
                if (outcome.error() == null) {
                    put(read, outcome.result());
                } else {
                    fail(read, outcome.error());
                }
                listener.advanced();
                writing.commitNowAndThen();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static List<Embedded> embedded(Clip clip, List<PreparedPicture> batch) {
        List<float[]> vectors = clip.embedAll(batch);
        List<Embedded> embedded = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            embedded.add(new Embedded(
                    vectors.get(i), batch.get(i).width(), batch.get(i).height()));
        }
        return embedded;
    }

    private void put(Read read, Embedded embedded) {
        String path = read.candidate.file.toString();
        PhotoRecord photo = new PhotoRecord(
                path,
                read.hash,
                read.candidate.size,
                read.candidate.time,
                embedded.width,
                embedded.height,
                read.metadata,
                side.find(read.candidate.file, folders).orElseGet(() -> fieldsBefore(path)));
        writing.put(photo, embedded.vector);
        if (byPath.containsKey(path)) {
            updated++;
        } else {
            added++;
        }
    }

    /** Returns what a side file has said about a picture earlier, which holds until one says something else. */
    private Map<String, List<String>> fieldsBefore(String path) {
        Known known = byPath.get(path);
        try {
            return known == null ? Map.of() : photo(known).fields();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fail(Read read, Throwable error) {
        Path file = read.candidate.file;
        leaveOut(file, error instanceof FoveaException ? error.getMessage() : file + ": cannot be embedded: " + error);
        if (byPath.containsKey(file.toString())) { // its vector is that of another content
            gone.add(file.toString());
        }
    }

    private void leaveOut(Path file, String reason) {
        unseen.add(file);
        unreadable.add(new IndexReport.Unreadable(file, reason));
        listener.unreadable(file, reason);
    }

    /**
     * Returns the files that must be embedded. They are read here to compute their keys, by the thread that waits for
     * the others, and are in the system's cache when they are decoded.
     */
    private Iterator<Path> toEmbed() {
        Iterator<Candidate> left = candidates.iterator();
        return new Iterator<>() {
            private Read next;

            @Override
            public boolean hasNext() {
                while (next == null && left.hasNext()) {
                    next = read(left.next());
                }
                return next != null;
            }

            @Override
            public Path next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Read read = next;
                next = null;
                embedding.add(read);
                return read.candidate.file;
            }
        };
    }

    /** Reads a file; returns null if there is nothing to embed. */
    private Read read(Candidate candidate) {
        try {
            content.read(candidate.file);
        } catch (IOException e) {
            leaveOut(candidate.file, FileContent.describe(candidate.file, e));
            listener.advanced();
            return null;
        }
        Known same = byContent.get(content.key());
        if (same == null) {
            return new Read(candidate, content.key(), content.metadata());
        }
        try {
            reuse(candidate, same);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        listener.advanced();
        writing.commitNowAndThen();
        return null;
    }

    /** Takes over the vector of a picture of the same content. */
    private void reuse(Candidate candidate, Known same) throws IOException {
        String path = candidate.file.toString();
        Known own = byPath.get(path);
        Known source = own != null && own.hash.equals(same.hash) ? own : same;
        PhotoRecord photo = photo(source);
        Map<String, List<String>> fields = side.find(candidate.file, folders).orElse(photo.fields());
        writing.put(photo.at(path, candidate.size, candidate.time).withFields(fields), vector(source));
        if (source == own) {
            if (fields.equals(photo.fields())) {
                unchanged++;
            } else {
                updated++;
            }
        } else if (own != null) {
            updated++;
        } else if (gone.remove(source.path)) {
            writing.remove(source.path);
            moved++;
        } else {
            added++;
        }
    }

    private PhotoRecord photo(Known known) throws IOException {
        return new LeafPhotos(before.leaves().get(known.leaf).reader()).photo(known.document);
    }

    private float[] vector(Known known) throws IOException {
        return new LeafPhotos(before.leaves().get(known.leaf).reader()).vector(known.document);
    }

    @Override
    public void close() throws IOException {
        before.close();
    }
}
