package dev.fovea.app.pictures;

/**
 * Keeps the process small while pictures are decoded. The serial collector, which the launcher chooses for its quick
 * start, lets arrays as large as photographs fill the whole heap before it collects them: gigabytes for a folder of
 * photographs, of which never more than a few pictures are in use.
 */
public final class HeapTrim {

    /**
     * Bytes of garbage that make a collection worth it, those of some photographs: collecting takes some ten
     * milliseconds, decoding as many pixels a second.
     */
    private static final long LEAST = 256L << 20;

    private long inUse = used();

    /** Collects garbage if much may have gathered since the first call, or since the last collection. */
    public synchronized void check() {
        if (used() > inUse + Math.max(LEAST, inUse / 2)) {
            System.gc();
            inUse = used();
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
