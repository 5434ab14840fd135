package dev.fovea.models.nn;

import java.util.ArrayList;
import java.util.List;

/** Cuts many texts into batches that bound the memory of their activations. */
public final class TextBatches {

    /** Number of rows of activations that are computed at a time: enough for full speed, few enough to bound memory. */
    public static final int ROWS_AT_ONCE = 1024;

    private TextBatches() {}

    /**
     * Cuts texts into batches of consecutive ones with at most {@value #ROWS_AT_ONCE} tokens together. A longer text is
     * a batch by itself.
     *
     * @param texts token ids of each
     */
    public static List<List<int[]>> of(List<int[]> texts) {
        List<List<int[]>> batches = new ArrayList<>();
        int from = 0;
        while (from < texts.size()) {
            int rows = 0;
            int to = from;
            while (to < texts.size() && (to == from || rows + texts.get(to).length <= ROWS_AT_ONCE)) {
                rows += texts.get(to++).length;
            }
            batches.add(texts.subList(from, to));
            from = to;
        }
        return batches;
    }
}
