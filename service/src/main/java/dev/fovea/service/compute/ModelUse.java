package dev.fovea.service.compute;

import java.util.HashSet;
import java.util.Set;

/**
 * Remembers which models a request uses, so that none is unloaded under it. A request is answered by one thread, which
 * asks for models while this is open.
 */
public final class ModelUse implements AutoCloseable {

    private static final ThreadLocal<ModelUse> CURRENT = new ThreadLocal<>();

    /** Something that stays loaded while it is used. */
    public interface Held {
        /** Begins a use. */
        void acquire();

        /** Ends a use. */
        void release();
    }

    private final Set<Held> held = new HashSet<>();

    private ModelUse() {}

    /** Begins a request in this thread. */
    public static ModelUse begin() {
        ModelUse use = new ModelUse();
        CURRENT.set(use);
        return use;
    }

    /** Keeps a model loaded until this thread's request ends; nothing happens in a thread without one. */
    public static <H extends Held> H keep(H model) {
        ModelUse use = CURRENT.get();
        if (use != null && use.held.add(model)) {
            model.acquire();
        }
        return model;
    }

    /** Ends the request. */
    @Override
    public void close() {
        CURRENT.remove();
        held.forEach(Held::release);
    }
}
