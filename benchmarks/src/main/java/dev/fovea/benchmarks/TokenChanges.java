package dev.fovea.benchmarks;

/** Measures how far a text is from another, in tokens. */
final class TokenChanges {

    private TokenChanges() {}

    /** Returns the least count of tokens to insert, delete or replace that makes one text of the other. */
    static int between(int[] a, int[] b) {
        int[] previous = new int[b.length + 1];
        for (int j = 0; j <= b.length; j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length; i++) {
            int[] next = new int[b.length + 1];
            next[0] = i;
            for (int j = 1; j <= b.length; j++) {
                int replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                next[j] = Math.min(replaced, 1 + Math.min(previous[j], next[j - 1]));
            }
            previous = next;
        }
        return previous[b.length];
    }
}
