package dev.fovea.tensor;

import java.util.Arrays;

/**
 * A batch: sequences laid end to end in the rows of one tensor, and where each begins. Nothing is padded: a label of seven
 * tokens has seven rows. A segment's rows are consecutive, or given one by one (a window of a picture, the cached keys of a
 * beam), which is a mapping and never a copy.
 */
public final class Segments {

    private final int[] offsets;
    private final int[] rows;

    private Segments(int[] offsets, int[] rows) {
        this.offsets = offsets;
        this.rows = rows;
    }

    /** Sequences of the given lengths, one after the other. */
    public static Segments ofLengths(int... lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 0) {
                throw new IllegalArgumentException("a sequence of " + lengths[i] + " rows");
            }
            offsets[i + 1] = Math.addExact(offsets[i], lengths[i]);
        }
        return new Segments(offsets, null);
    }

    /** {@code count} sequences of {@code length} rows each. */
    public static Segments uniform(int count, int length) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        return ofLengths(lengths);
    }

    /**
     * Sequences whose rows lie anywhere: sequence {@code s} consists of the rows {@code rows[offsets[s]]} up to {@code
     * rows[offsets[s + 1] - 1]}. The same row may belong to several sequences.
     *
     * @param offsets ascending, from 0 to {@code rows.length}
     * @param rows row numbers in the tensor, from 0
     */
    public static Segments mapped(int[] offsets, int[] rows) {
        boolean fits = offsets.length > 0 && offsets[0] == 0 && offsets[offsets.length - 1] == rows.length;
        for (int i = 1; i < offsets.length; i++) {
            fits &= offsets[i] >= offsets[i - 1];
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    "offsets " + Arrays.toString(offsets) + " do not ascend from 0 to " + rows.length);
        }
        for (int row : rows) {
            if (row < 0) {
                throw new IllegalArgumentException("a sequence with row " + row);
            }
        }
        return new Segments(offsets.clone(), rows.clone());
    }

    /** Number of sequences. */
    public int count() {
        return offsets.length - 1;
    }

    /** Rows of all sequences together. */
    public int totalLength() {
        return offsets[offsets.length - 1];
    }

    /** Position of a sequence's first row in the batch. */
    public int start(int segment) {
        return offsets[segment];
    }

    /** Rows of one sequence. */
    public int length(int segment) {
        return offsets[segment + 1] - offsets[segment];
    }

    /** Rows of the longest sequence; 0 if there is none. */
    public int longest() {
        int longest = 0;
        for (int segment = 0; segment < count(); segment++) {
            longest = Math.max(longest, length(segment));
        }
        return longest;
    }

    /** True if the rows are given one by one. */
    public boolean isMapped() {
        return rows != null;
    }

    /** The tensor's row that holds a position of the batch ({@code 0 <= position < totalLength()}). */
    public int row(int position) {
        return rows == null ? position : rows[position];
    }

    /** One past the largest row in use: a tensor needs at least that many rows. */
    public int rowsNeeded() {
        return rows == null ? totalLength() : Arrays.stream(rows).max().orElse(-1) + 1;
    }

    /** The first row of every sequence; sequences must not be empty. */
    public int[] firstRows() {
        int[] first = new int[count()];
        for (int segment = 0; segment < first.length; segment++) {
            if (length(segment) == 0) {
                throw new IllegalArgumentException("sequence " + segment + " is empty and has no first row");
            }
            first[segment] = row(start(segment));
        }
        return first;
    }
}
