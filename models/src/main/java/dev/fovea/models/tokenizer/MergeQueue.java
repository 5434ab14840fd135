package dev.fovea.models.tokenizer;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Merges one long piece in n log n: symbols are a linked list, candidates wait in a queue ordered by (rank, position),
 * and a candidate whose neighbours have changed since is dropped. The result equals that of scanning for the best pair
 * each time.
 */
final class MergeQueue {
    private final Merges merges;
    private final int[] symbols;
    private final int[] previous;
    private final int[] next;
    private final PriorityQueue<Long> candidates = new PriorityQueue<>();

    MergeQueue(int[] symbols, Merges merges) {
        this.merges = merges;
        this.symbols = symbols;
        previous = new int[symbols.length];
        next = new int[symbols.length];
        for (int i = 0; i < symbols.length; i++) {
            previous[i] = i - 1;
            next[i] = i + 1 < symbols.length ? i + 1 : -1;
        }
    }

    int[] run() {
        for (int i = 0; i + 1 < symbols.length; i++) offer(i);
        while (!candidates.isEmpty()) {
            long candidate = candidates.poll();
            int rank = (int) (candidate >>> 32);
            int at = (int) candidate;
            // A symbol that was swallowed is -1, which no merge knows.
            if (next[at] < 0 || symbols[at] < 0 || merges.rank(symbols[at], symbols[next[at]]) != rank) continue;
            int swallowed = next[at];
            symbols[at] = merges.result(rank);
            symbols[swallowed] = -1;
            next[at] = next[swallowed];
            if (next[at] >= 0) previous[next[at]] = at;
            if (previous[at] >= 0) offer(previous[at]);
            offer(at);
        }
        int size = 0;
        int[] left = new int[symbols.length];
        for (int i = 0; i >= 0 && i < symbols.length; i = next[i]) left[size++] = symbols[i];
        return Arrays.copyOf(left, size);
    }

    private void offer(int at) {
        if (next[at] < 0) return;
        int rank = merges.rank(symbols[at], symbols[next[at]]);
        if (rank != Merges.NONE) candidates.add((long) rank << 32 | at);
    }
}
