package dev.fovea.search.store;

import dev.fovea.tensor.CancelledException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
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

    /** Pictures, and one of how many of the index, that a search may have to compare besides using the graph. */
    private static final int LEAST_OUTSIDE = 5000;

    private static final int OUTSIDE = 100;

    private final Path folder;
    private final IndexWriter writer;
    private final VectorCodec codec;
    private final Runnable committed;
    private long lastCommit = System.nanoTime();
    private boolean failed;
    /** The commit in the background, the one before where there is none. */
    private FutureTask<Long> running = new FutureTask<>(() -> 0L);

    private IndexWriting(Path folder, IndexWriter writer, VectorCodec codec, Runnable committed) {
        this.folder = folder;
        this.writer = writer;
        this.codec = codec;
        this.committed = committed;
        running.run();
    }

    /**
     * Starts to write.
     *
     * @param committed runs after every commit
     */
    static IndexWriting start(Path folder, Directory directory, IndexIdentity identity, Runnable committed) {
        return start(folder, directory, identity, committed, VectorCodec.MOST_FLOATS);
    }

    static IndexWriting start(
            Path folder, Directory directory, IndexIdentity identity, Runnable committed, long mostFloats) {
        IndexWriter writer = null;
        VectorCodec codec = new VectorCodec(identity.dimension(), mostFloats);
        try {
            Analyzer words = new StandardAnalyzer(); // for no field; Lucene wants one
            writer = new IndexWriter(
                    directory,
                    new IndexWriterConfig(words)
                            .setCodec(codec.codec())
                            .setMergePolicy(new SegmentMerges())
                            .setRAMBufferSizeMB(BUFFER)
                            .setCommitOnClose(false));
            writer.setLiveCommitData(identity.userData().entrySet());
            writer.commit();
            committed.run();
            codec.write(writer.getDocStats().numDocs, false);
            return new IndexWriting(folder, writer, codec, committed);
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
        put(new Term(PhotoRecord.PATH, photo.path()), photo.document(vector));
    }

    /** Adds anything that has a vector, in the place of what had its key. */
    public void put(Term key, Document document) {
        call(() -> writer.updateDocument(key, document));
    }

    /** Removes a picture. */
    public void remove(String path) {
        remove(new TermQuery(new Term(PhotoRecord.PATH, path)));
    }

    /** Removes what matches a query. */
    public void remove(Query query) {
        call(() -> writer.deleteDocuments(query));
    }

    /** Returns whether an error of the disk has ended the writing: what follows fails, too. */
    public boolean hasFailed() {
        return failed;
    }

    /**
     * Commits in the background if the last time is long ago: the disk takes a fifth of a second, in which the pipeline
     * would run dry.
     */
    public void commitNowAndThen() {
        if (running.isDone() && System.nanoTime() - lastCommit > COMMIT_AFTER.toNanos()) {
            awaitRunning();
            lastCommit = System.nanoTime();
            running = new FutureTask<>(this::commitAndTell);
            Thread.ofPlatform().daemon().name("fovea-commit").start(running);
        }
    }

    /** Makes what was written last, whatever happens next. */
    public void commit() {
        awaitRunning();
        call(this::commitAndTell);
        lastCommit = System.nanoTime();
    }

    /**
     * Returns whether searches have become slow: there are enough pictures for a graph, and many that are in none, or
     * that were removed.
     */
    public boolean needsGraph() {
        return call(() -> {
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                int pictures = reader.numDocs();
                int outside = 0;
                for (LeafReaderContext segment : reader.leaves()) {
                    outside += VectorCodec.hasGraph(segment.reader())
                            ? 0
                            : segment.reader().numDocs();
                }
                return pictures > SegmentMerges.LARGE
                        && (outside > Math.max(LEAST_OUTSIDE, pictures / OUTSIDE)
                                || reader.numDeletedDocs() > pictures / 4);
            }
        });
    }

    /**
     * Puts all pictures into one segment with a graph, and commits it. What was written is committed before: a process
     * that is killed meanwhile loses nothing.
     */
    public void buildGraph() {
        commit();
        call(() -> {
            ((ConcurrentMergeScheduler) writer.getConfig().getMergeScheduler()).sync();
            codec.write(writer.getDocStats().numDocs, true);
            writer.forceMerge(1);
            codec.write(writer.getDocStats().numDocs, false);
            return commitAndTell();
        });
    }

    private long commitAndTell() throws IOException {
        long sequence = writer.commit();
        committed.run();
        return sequence;
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
