package dev.fovea.models.image;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Keeps the arrays of pictures that were resized and are no longer needed, for the next ones of their size, as the
 * photographs of a camera are. A new array of some ten megabytes is cleared first, and the garbage collector copies it
 * once, while all threads wait. Where memory gets short, what is kept here is given up.
 */
final class PixelArrays {
    /** Smaller arrays are not kept: they cost little. */
    private static final int SMALLEST = 1 << 20;

    /** Nor are larger ones, which are rare. */
    private static final int LARGEST = 1 << 26;

    /** As many as pictures are decoded at a time. */
    private static final int MOST = Runtime.getRuntime().availableProcessors();

    /** The arrays, the last one that was given first. */
    private static final Deque<SoftReference<byte[]>> FREE = new ArrayDeque<>();

    private PixelArrays() {}

    /** Returns an array of this length that nobody else uses, with any contents. */
    static byte[] take(int length) {
        if (length >= SMALLEST && length <= LARGEST) {
            synchronized (FREE) {
                for (Iterator<SoftReference<byte[]>> free = FREE.iterator(); free.hasNext(); ) {
                    byte[] array = free.next().get();
                    if (array != null && array.length != length) continue;
                    free.remove();
                    if (array != null) return array;
                }
            }
        }
        return new byte[length];
    }

    /** Keeps an array that nobody uses any more. */
    static void give(byte[] array) {
        if (array.length < SMALLEST || array.length > LARGEST) return;
        synchronized (FREE) {
            FREE.addFirst(new SoftReference<>(array));
            if (FREE.size() > MOST) FREE.removeLast();
        }
    }
}
