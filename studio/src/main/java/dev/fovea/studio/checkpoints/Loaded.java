package dev.fovea.studio.checkpoints;

import java.util.function.Supplier;

/** Loads something when it is first asked for; where that fails, the next one who asks tries again. */
final class Loaded<M extends AutoCloseable> implements AutoCloseable {

    private final Supplier<M> loader;
    private M loaded;
    private boolean closed;

    Loaded(Supplier<M> loader) {
        this.loader = loader;
    }

    synchronized M get() {
        if (closed) {
            throw new IllegalStateException("the studio is closed");
        }
        if (loaded == null) {
            loaded = loader.get();
        }
        return loaded;
    }

    /** Returns whether it is loaded. */
    synchronized boolean isThere() {
        return loaded != null;
    }

    @Override
    public synchronized void close() throws Exception {
        closed = true;
        if (loaded != null) {
            loaded.close();
            loaded = null;
        }
    }
}
