package dev.fovea.search;

import java.nio.file.Path;
import java.util.List;

/** Follows an update of an index, to show progress. Called by the thread that updates. */
public interface IndexListener {

    /** Follows nothing. */
    IndexListener NONE = new IndexListener() {};

    /**
     * Hears what there is to do, once.
     *
     * @param files those that are new or changed and are read
     */
    default void started(List<Path> files) {}

    /** Hears that one of these files is done, whatever became of it. */
    default void advanced() {}

    /**
     * Hears of a file or folder that cannot be read, as soon as that is known.
     *
     * @param reason one line, which names the file
     */
    default void unreadable(Path file, String reason) {}

    /**
     * Hears that all pictures are indexed and the graph is being built that makes searching fast, some 40 seconds for
     * 100,000 pictures. An update in which little changed does without.
     */
    default void buildingGraph() {}
}
