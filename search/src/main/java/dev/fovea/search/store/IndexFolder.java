package dev.fovea.search.store;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * Opens the folder of an index. Readers see the last commit, their own or that of another process; there is one writer
 * at a time. Safe to use from many threads.
 */
public final class IndexFolder implements AutoCloseable {

    private static final String LOCK = "write.lock";
    private static final String SEGMENTS = "segments";

    /**
     * Time for which the last commit counts as the newest: to look for another one takes as long as a search. What this
     * object committed itself is seen at once.
     */
    private static final Duration FRESH = Duration.ofMillis(20);

    private final Path folder;
    private final Directory directory;
    private SearcherManager searchers;
    /** When somebody looked last, in {@link System#nanoTime}; empty after a commit of our own. */
    private final AtomicReference<OptionalLong> looked = new AtomicReference<>(OptionalLong.empty());

    /** Reads something of an index. */
    @FunctionalInterface
    public interface Reading<T> {
        /** Returns what was read; the searcher is valid only until then. */
        T read(IndexSearcher searcher) throws IOException;
    }

    private IndexFolder(Path folder, Directory directory) {
        this.folder = folder;
        this.directory = directory;
    }

    /**
     * Opens an index that is there.
     *
     * @throws FoveaException if there is none, or it is damaged or of another version
     */
    public static IndexFolder open(Path folder) {
        if (!Files.exists(folder)) {
            throw new FoveaException(folder + ": no such index; make one with PhotoIndex.update");
        }
        IndexFolder index = create(folder);
        try {
            index.identity();
            return index;
        } catch (RuntimeException e) {
            index.close();
            throw e;
        }
    }

    /**
     * Opens an index, or makes the folder of a new one.
     *
     * @throws FoveaException if it is damaged or of another version, or the folder holds anything else
     */
    public static IndexFolder create(Path folder) {
        try {
            requireOurs(folder);
            return of(folder, FSDirectory.open(folder));
        } catch (IOException e) {
            throw IndexErrors.ofWriting(folder, e);
        }
    }

    /** Opens an index in any directory of Lucene's, which is closed with it. */
    public static IndexFolder of(Path name, Directory directory) {
        return new IndexFolder(name, directory);
    }

    private static void requireOurs(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(folder + ": is a file; name the folder of an index");
        }
        if (!isIndex(folder) && !names(folder).isEmpty()) {
            throw new FoveaException(
                    folder + ": holds other files and no index; name an empty folder, or one that is not there yet");
        }
    }

    /** Returns whether a folder holds an index, or what is left of one that was never committed. */
    public static boolean isIndex(Path folder) {
        try {
            return Files.isDirectory(folder)
                    && names(folder).stream().anyMatch(name -> name.equals(LOCK) || name.startsWith(SEGMENTS));
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static List<String> names(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }

    /** Returns whether anything was committed. */
    public boolean exists() {
        try {
            return DirectoryReader.indexExists(directory);
        } catch (IOException e) {
            throw IndexErrors.of(folder, e);
        }
    }

    /**
     * Returns what made the vectors.
     *
     * @throws FoveaException if there is no index, or it is damaged or of another version
     */
    public IndexIdentity identity() {
        return read(searcher -> {
            DirectoryReader reader = (DirectoryReader) searcher.getIndexReader();
            Map<String, String> userData = reader.getIndexCommit().getUserData();
            String format = IndexIdentity.format(userData);
            if (!IndexIdentity.FORMAT.equals(format)) {
                throw new FoveaException(folder
                        + (format == null
                                ? ": is an index of another program"
                                : ": is an index of format " + format + ", expected " + IndexIdentity.FORMAT)
                        + "; delete it and index again");
            }
            return IndexIdentity.of(userData);
        });
    }

    /** Returns what made the vectors, empty for a new index. */
    public Optional<IndexIdentity> existingIdentity() {
        return exists() ? Optional.of(identity()) : Optional.empty();
    }

    /**
     * Reads the index as it was committed last, by another process at least {@link #FRESH} ago.
     *
     * @throws FoveaException if there is no index, or it is damaged
     */
    public <T> T read(Reading<T> reading) {
        try {
            SearcherManager manager = searchers();
            refresh(manager);
            IndexSearcher searcher = manager.acquire();
            try {
                return reading.read(searcher);
            } finally {
                manager.release(searcher);
            }
        } catch (AlreadyClosedException e) {
            throw new IllegalStateException("this index is closed: " + folder, e);
        } catch (FoveaException | IllegalStateException said) {
            throw said;
        } catch (IOException | RuntimeException e) {
            throw IndexErrors.of(folder, e);
        }
    }

    private void refresh(SearcherManager manager) throws IOException {
        OptionalLong last = looked.get();
        long now = System.nanoTime();
        if (last.isPresent() && now - last.getAsLong() < FRESH.toNanos()) {
            return;
        }
        manager.maybeRefreshBlocking();
        looked.compareAndSet(last, OptionalLong.of(now)); // unless there was a commit meanwhile
    }

    private synchronized SearcherManager searchers() throws IOException {
        if (searchers == null) {
            searchers = new SearcherManager(directory, null);
        }
        return searchers;
    }

    /**
     * Starts to write.
     *
     * @throws FoveaException if somebody else does, or the folder cannot be written
     */
    public IndexWriting write(IndexIdentity identity) {
        return IndexWriting.start(folder, directory, identity, () -> looked.set(OptionalLong.empty()));
    }

    @Override
    public synchronized void close() {
        try (directory) {
            if (searchers != null) {
                searchers.close();
            }
        } catch (IOException e) {
            throw IndexErrors.of(folder, e);
        }
    }
}
