package dev.fovea.hub;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Fetches a range as several pieces in parallel and passes their bytes on in order. One connection alone seldom fills a
 * line. Since bytes are written in order, a file never has holes, and its length is all there is to know about a
 * download that was cut off.
 */
final class Pieces {

    /** Connections that are open at the same time. */
    static final int CONNECTIONS = 4;

    /** Bytes of a piece, unless a test chooses other ones; the memory used is this times {@link #CONNECTIONS}. */
    static final int USUAL_BYTES = 8 << 20;

    private final RangeFetch fetch;
    private final int pieceBytes;

    Pieces(RangeFetch fetch, int pieceBytes) {
        this.fetch = fetch;
        this.pieceBytes = pieceBytes;
    }

    /**
     * Fetches the bytes from {@code from}, inclusive, to {@code to}, exclusive.
     *
     * @throws FoveaException if one piece cannot be had; those before it have been passed on
     */
    void fetch(long from, long to, RangeFetch.Sink sink) {
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                Deque<Piece> pieces = new ArrayDeque<>();
                long next = from;
                while (next < to || !pieces.isEmpty()) {
                    while (next < to && pieces.size() < CONNECTIONS) {
                        Piece piece = new Piece((int) Math.min(pieceBytes, to - next));
                        long start = next;
                        workers.execute(() -> piece.fill(fetch, start));
                        pieces.add(piece);
                        next += piece.bytes.length;
                    }
                    pieces.remove().passOn(sink);
                }
            } finally {
                workers.shutdownNow();
            }
        }
    }

    /** Holds the bytes of a piece that arrive while those before them are passed on. */
    private static final class Piece {

        private final byte[] bytes;
        private int filled;
        private RuntimeException failure;

        Piece(int size) {
            bytes = new byte[size];
        }

        void fill(RangeFetch fetch, long start) {
            try {
                fetch.fetch(start, start + bytes.length, this::append);
            } catch (RuntimeException e) {
                fail(e);
            }
        }

        private synchronized void append(byte[] source, int offset, int count) {
            System.arraycopy(source, offset, bytes, filled, count);
            filled += count;
            notifyAll();
        }

        private synchronized void fail(RuntimeException e) {
            failure = e;
            notifyAll();
        }

        void passOn(RangeFetch.Sink sink) {
            int passed = 0;
            while (passed < bytes.length) {
                int ready = await(passed);
                sink.write(bytes, passed, ready - passed);
                passed = ready;
            }
        }

        /** Waits until the piece has more than this many bytes. */
        private synchronized int await(int passed) {
            while (filled == passed) {
                if (failure != null) {
                    throw failure;
                }
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new CancelledException(e);
                }
            }
            return filled;
        }
    }
}
