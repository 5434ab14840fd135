package dev.fovea.service.compute;

import java.util.Locale;

/**
 * Kinds of work that a model does side by side. Each has a queue and a thread of its own, so that a text, which takes
 * some milliseconds, does not wait for sixteen pictures or for a caption, which take some hundred times as long.
 */
public enum Lane {
    /** Embeddings of texts, and searches for texts. */
    TEXTS,
    /** Whatever passes a picture through a tower once: embeddings, classes, matching, searches for pictures. */
    PICTURES,
    /** Whatever writes token by token: captions, answers, and all tasks of a Florence-2. */
    WRITING;

    /** Returns the lane in a word, for names of threads and messages. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
