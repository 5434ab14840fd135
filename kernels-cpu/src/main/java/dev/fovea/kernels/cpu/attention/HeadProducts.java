package dev.fovea.kernels.cpu.attention;

/**
 * Computes the two products of attention for one sequence and head, {@code keys queriesᵀ} and {@code weightsᵀ values},
 * a panel of queries at a time. An implementation prepares what both need of keys and values once for a block of
 * queries.
 */
interface HeadProducts {

    /**
     * Prepares keys and values.
     *
     * @param seen the keys that are seen by any query of the block
     * @param queries that are in the block
     */
    Head head(AttentionCall call, int segment, int head, int seen, int queries);

    /** Has a head's keys and values. Belongs to the thread that made it, until that makes the next. */
    interface Head {

        /** Returns the rows of scores that are written, at least {@code seen}. */
        int scoreRows();

        /**
         * Computes {@code scores[key][query]} of a panel.
         *
         * @param query the first of the sequence
         * @param rows queries of the panel; columns behind them are zeros or scores of nothing
         * @param seen keys that are seen by any of these queries, at least 1
         * @param scores {@code [seen][panelColumns]}
         */
        void scores(int query, int rows, int seen, long scores);

        /**
         * Computes {@code out[query] = factors[query] * sum over keys of weights[key][query] * values[key]}, and zeros
         * where the factor is zero.
         *
         * @param weights {@code [seen][panelColumns]}
         * @param factors {@code [panelColumns]}
         */
        void mix(int query, int rows, int seen, long weights, long factors);
    }
}
