package dev.fovea.search.store;

import dev.fovea.tensor.CancelledException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.index.ConcurrentMergeScheduler;
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
    /** The commit in the background, the one before where there is none. */
    private FutureTask<Long> running = new FutureTask<>(() -> 0L);

    private IndexWriting(Path folder, IndexWriter writer) {
        this.folder = folder;
        this.writer = writer;
        running.run();
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

    /**
     * Commits in the background if the last time is long ago: the disk takes a fifth of a second, in which the pipeline
     * would run dry.
     */
    public void commitNowAndThen() {
        if (running.isDone() && System.nanoTime() - lastCommit > COMMIT_AFTER.toNanos()) {
            awaitRunning();
            lastCommit = System.nanoTime();
            running = new FutureTask<>(writer::commit);
            Thread.ofPlatform().daemon().name("fovea-commit").start(running);
        }
    }

    /** Makes what was written last, whatever happens next. */
    public void commit() {
        awaitRunning();
        call(writer::commit);
        lastCommit = System.nanoTime();
    }

    /** Waits until Lucene has put segments together as it likes them, and commits that. */
    public void finishMerges() {
        call(() -> {
            writer.maybeMerge();
            ((ConcurrentMergeScheduler) writer.getConfig().getMergeScheduler()).sync();
            return writer.commit();
        });
    }

    /** Waits for the commit in the background, and throws what it threw. */
    private void awaitRunning() {
        call(() -> {
            try {
                return running.get();
            } catch (InterruptedException e) {
                throw new CancelledException(e);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case IOException io -> throw io;
                    case RuntimeException wrong -> throw wrong;
                    default -> throw new IllegalStateException(e.getCause());
                }
            }
        });
    }

    @FunctionalInterface
    private interface Call<T> {
        T call() throws IOException;
    }

    private <T> T call(Call<T> call) {
        try {
            return call.call();
        } catch (CancelledException stopped) {
            throw stopped;
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
