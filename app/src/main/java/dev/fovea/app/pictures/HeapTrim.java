package dev.fovea.app.pictures;

/**
 * Keeps the process small while pictures are decoded. The serial collector, which the launcher chooses for its quick
 * start, lets arrays as large as photographs pile up to the whole heap before it looks for garbage among them:
 * gigabytes for a folder of photographs, of which never more than a few pictures are in use.
 */
final class HeapTrim {

    /** Garbage of some photographs; looking for it takes some ten milliseconds, decoding as many pixels a second. */
    private static final long LEAST = 256L << 20;

    private long inUse = used();

    /** Collects garbage if much may have gathered since it was called first, or did so last. */
    synchronized void check() {
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
