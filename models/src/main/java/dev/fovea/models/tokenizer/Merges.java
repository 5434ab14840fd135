package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The merges of a byte-pair encoding: a pair of neighbouring tokens to its rank, and a rank to the token it makes. */
final class Merges {
    /** Result of {@link #rank} for a pair that is not to be merged. */
    static final int NONE = Integer.MAX_VALUE;

    private final Vocabulary vocabulary;
    private final int skippedBytes;
    private final Object source;
    private long[] pairs = new long[1 << 17];
    private int[] ranks = new int[1 << 17];
    private int[] results = new int[1 << 16];
    private int count;

    /**
     * Makes an empty list of merges.
     *
     * @param continuingPrefix what a right-hand token carries in front that the merged one does not, usually nothing
     * @param source the file they come from, for errors
     */
    Merges(Vocabulary vocabulary, String continuingPrefix, Object source) {
        this.vocabulary = vocabulary;
        this.skippedBytes = continuingPrefix.getBytes(StandardCharsets.UTF_8).length;
        this.source = source;
    }

    /**
     * Adds the next merge, the earlier the stronger; its tokens are UTF-8 bytes {@code leftFrom} to {@code leftTo} and
     * {@code rightFrom} to {@code rightTo}.
     */
    void add(byte[] bytes, int leftFrom, int leftTo, int rightFrom, int rightTo) {
        int left = known(bytes, leftFrom, leftTo);
        int right = known(bytes, rightFrom, rightTo);
        int result = vocabulary.idOfMerged(left, right, skippedBytes);
        if (result < 0) {
            throw new ModelException(source + ": merge " + (count + 1) + " makes '" + vocabulary.tokenOf(left)
                    + vocabulary
                            .tokenOf(right)
                            .substring(Math.min(
                                    skippedBytes, vocabulary.tokenOf(right).length()))
                    + "', which is not in the vocabulary; the tokenizer files do not belong together, fetch"
                    + " them again");
        }
        if (count == results.length) results = Arrays.copyOf(results, count * 2);
        results[count] = result;
        put(pair(left, right), count++);
        if (count * 2 > pairs.length) grow();
    }

    private int known(byte[] bytes, int from, int to) {
        int id = vocabulary.idOf(bytes, from, to);
        if (id < 0) {
            throw new ModelException(source + ": merge " + (count + 1) + " names '"
                    + new String(bytes, from, to - from, StandardCharsets.UTF_8)
                    + "', which is not in the vocabulary; the tokenizer files do not belong together, fetch"
                    + " them again");
        }
        return id;
    }

    /** Packs a pair of token ids into a key. It is never 0, which marks a free slot. */
    private static long pair(int left, int right) {
        return (long) left << 32 | right + 1L;
    }

    private int place(long pair) {
        int mask = pairs.length - 1;
        int at = (int) (pair * 0x9E3779B97F4A7C15L >>> 40) & mask;
        while (pairs[at] != 0 && pairs[at] != pair) at = at + 1 & mask;
        return at;
    }

    private void put(long pair, int rank) {
        int at = place(pair);
        pairs[at] = pair;
        ranks[at] = rank;
    }

    private void grow() {
        long[] oldPairs = pairs;
        int[] oldRanks = ranks;
        pairs = new long[oldPairs.length * 2];
        ranks = new int[oldPairs.length * 2];
        for (int i = 0; i < oldPairs.length; i++) {
            if (oldPairs[i] != 0) put(oldPairs[i], oldRanks[i]);
        }
    }

    /** Returns the rank of a pair of token ids, or {@link #NONE}. */
    int rank(int left, int right) {
        int at = place(pair(left, right));
        return pairs[at] == 0 ? NONE : ranks[at];
    }

    /** Returns the id of the token that the merge of this rank makes. */
    int result(int rank) {
        return results[rank];
    }
}
