package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/** Holds the operands of one call of attention, and knows where a head's part of a row lies. */
record AttentionCall(
        Tensor queries,
        Tensor keys,
        Tensor values,
        Segments querySegments,
        Segments keySegments,
        AttentionShape shape,
        Tensor out) {

    int headSize() {
        return queries.columns() / shape.heads();
    }

    int valueSize() {
        return values.columns() / shape.heads();
    }

    /** Returns how many keys a query of a sequence sees, counted from the first. */
    int visibleKeys(int segment, int query) {
        return shape.visibleKeys(query, querySegments.length(segment), keySegments.length(segment));
    }

    /** Returns the row of {@code queries}, and of the result, that a query of a sequence has. */
    int queryRow(int segment, int query) {
        return querySegments.row(querySegments.start(segment) + query);
    }

    /** Returns the row of {@code keys} and {@code values} that a key of a sequence has. */
    int keyRow(int segment, int key) {
        return keySegments.row(keySegments.start(segment) + key);
    }

    /** Returns how many queries lie one below the other from one on, at most {@code most}. */
    int queriesTogether(int segment, int query, int most) {
        return together(querySegments, querySegments.start(segment) + query, most);
    }

    /** Returns how many keys lie one below the other from one on, at most {@code most}. */
    int keysTogether(int segment, int key, int most) {
        return together(keySegments, keySegments.start(segment) + key, most);
    }

    private static int together(Segments segments, int position, int most) {
        if (!segments.isMapped()) {
            return most;
        }
        int count = 1;
        while (count < most && segments.row(position + count) == segments.row(position) + count) {
            count++;
        }
        return count;
    }

    long query(int row, int head) {
        return address(queries, row, head, headSize());
    }

    long key(int row, int head) {
        return address(keys, row, head, headSize());
    }

    long value(int row, int head) {
        return address(values, row, head, valueSize());
    }

    long result(int row, int head) {
        return address(out, row, head, valueSize());
    }

    private static long address(Tensor tensor, int row, int head, int size) {
        return Memory.address(tensor, row) + (long) head * size * Float.BYTES;
    }
}
