package dev.fovea.search.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.Directory;

/**
 * Writes to an index. What was written is committed every few seconds: a process that is killed loses no more than
 * that, and readers are no further behind. For one thread.
 */
public final class IndexWriting implements AutoCloseable {

    /** Time after which what was written is committed, in milliseconds; a property, so that tests need not wait. */
    private static final Duration COMMIT_AFTER = Duration.ofMillis(Long.getLong("fovea.search.commit", 3000));

    /** Megabytes of the heap for what is not yet in a segment. */
    private static final double BUFFER = 64;

    private final Path folder;
    private final IndexWriter writer;
    private long lastCommit = System.nanoTime();
    private boolean failed;

    private IndexWriting(Path folder, IndexWriter writer) {
        this.folder = folder;
        this.writer = writer;
    }

    static IndexWriting start(Path folder, Directory directory, IndexIdentity identity) {
        IndexWriter writer = null;
        try {
            Analyzer words = new StandardAnalyzer(); // for no field; Lucene wants one
            writer = new IndexWriter(
                    directory,
                    new IndexWriterConfig(words)
                            .setCodec(VectorCodec.codec())
                            .setRAMBufferSizeMB(BUFFER)
                            .setCommitOnClose(false));
            writer.setLiveCommitData(identity.userData().entrySet());
            writer.commit();
            return new IndexWriting(folder, writer);
        } catch (IOException | RuntimeException e) {
            try (IndexWriter opened = writer) {
                throw IndexErrors.ofWriting(folder, e);
            } catch (IOException closing) {
                throw IndexErrors.ofWriting(folder, closing);
            }
        }
    }

    /** Opens a reader of all that was written. */
    public DirectoryReader reader() {
        return call(() -> DirectoryReader.open(writer));
    }

    /** Adds a picture, in the place of what was under its path. */
    public void put(PhotoRecord photo, float[] vector) {
        call(() -> writer.updateDocument(new Term(PhotoRecord.PATH, photo.path()), photo.document(vector)));
    }

    /** Removes a picture. */
    public void remove(String path) {
        call(() -> writer.deleteDocuments(new Term(PhotoRecord.PATH, path)));
    }

    /** Commits if the last time is long ago. */
    public void commitNowAndThen() {
        if (System.nanoTime() - lastCommit > COMMIT_AFTER.toNanos()) {
            commit();
        }
    }

    /** Makes what was written last, whatever happens next. */
    public void commit() {
        call(writer::commit);
        lastCommit = System.nanoTime();
    }

    @FunctionalInterface
    private interface Call<T> {
        T call() throws IOException;
    }

    private <T> T call(Call<T> call) {
        try {
            return call.call();
        } catch (IOException | RuntimeException e) {
            failed = true;
            throw IndexErrors.ofWriting(folder, e);
        }
    }

    /** Commits what was done before something else went wrong, also in a thread that was interrupted. */
    public void keep() {
        boolean interrupted = Thread.interrupted();
        try {
            commit();
        } finally {
            restore(interrupted);
        }
    }

    /** Stops writing; what was not committed is given up. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            if (failed) {
                writer.rollback();
            } else {
                writer.close();
            }
        } catch (IOException | RuntimeException e) {
            if (!failed) {
                throw IndexErrors.ofWriting(folder, e);
            }
        } finally {
            restore(interrupted);
        }
    }

    /** Sets the flag of an interrupt again, with which nothing could have been written. */
    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
