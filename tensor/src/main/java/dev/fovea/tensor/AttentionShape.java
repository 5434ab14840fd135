package dev.fovea.tensor;

/**
 * Says how an attention divides its columns into heads and which keys a query may see.
 *
 * @param heads number of heads; they share the columns of queries, keys and values evenly
 * @param scale factor of the scores, usually {@code headSize^-0.5}
 * @param mask which keys a query sees
 */
public record AttentionShape(int heads, float scale, Mask mask) {

    /** Says which keys of its own sequence a query sees. */
    public enum Mask {
        /** Every key. */
        NONE,
        /**
         * The keys up to the query's own position. The last query has the position of the last key: with as many
         * queries as keys this is the usual triangle, with fewer the continuation after a cached prefix.
         */
        CAUSAL
    }

    /**
     * Returns how many of a sequence's keys a query sees.
     *
     *
     * @param query the query's index within its sequence
     * @param queries queries of the sequence
     * @param keys keys of the sequence
     */
    public int visibleKeys(int query, int queries, int keys) {
        return mask == Mask.NONE ? keys : Math.max(0, keys - queries + query + 1);
    }
}
