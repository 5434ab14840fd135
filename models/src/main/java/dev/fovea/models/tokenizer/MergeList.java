package dev.fovea.models.tokenizer;

import java.util.Arrays;

/** Keeps merges as they are in a file, as bytes until the vocabulary they refer to is known. */
final class MergeList {
    private byte[] text = new byte[1 << 16];
    /** Ends of left and right of each merge; each starts where the one before ends. */
    private int[] ends = new int[1 << 12];

    private int count;

    /** Adds bytes {@code from} to {@code to} as the next left or right, which alternate. */
    void add(byte[] bytes, int from, int to) {
        int start = end(count);
        int end = start + to - from;
        if (end > text.length) text = Arrays.copyOf(text, Math.max(end, text.length * 2));
        if (count == ends.length) ends = Arrays.copyOf(ends, count * 2);
        System.arraycopy(bytes, from, text, start, to - from);
        ends[count++] = end;
    }

    private int end(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Adds all merges in order. */
    void addTo(Merges merges) {
        for (int i = 0; i + 1 < count; i += 2) merges.add(text, end(i), ends[i], ends[i], ends[i + 1]);
    }
}
