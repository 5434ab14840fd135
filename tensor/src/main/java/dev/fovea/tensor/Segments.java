package dev.fovea.tensor;

import dev.fovea.tensor.numbers.Sizes;
import java.util.Arrays;

/**
 * Describes a batch: sequences laid end to end in the rows of one tensor, and where each begins. Nothing is padded: a
 * label of seven tokens has seven rows. A segment's rows are consecutive, or given one by one (a window of an image,
 * the cached keys of a beam), which is a mapping and never a copy.
 */
public final class Segments {

    private final int[] offsets;
    private final int[] rows;
    private final int rowsNeeded;

    private Segments(int[] offsets, int[] rows, int rowsNeeded) {
        this.offsets = offsets;
        this.rows = rows;
        this.rowsNeeded = rowsNeeded;
    }

    /** Returns the sequences of the given lengths, one after the other. */
    public static Segments ofLengths(int... lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 0) {
                throw new IllegalArgumentException("a sequence of " + lengths[i] + " rows");
            }
            offsets[i + 1] = Sizes.sum("sequences", offsets[i], lengths[i]);
        }
        return new Segments(offsets, null, offsets[lengths.length]);
    }

    /** Returns {@code count} sequences of {@code length} rows each. */
    public static Segments uniform(int count, int length) {
        if (count < 0) {
            throw new IllegalArgumentException(count + " sequences");
        }
        int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        return ofLengths(lengths);
    }

    /**
     * Returns sequences whose rows lie anywhere: sequence {@code s} consists of the rows {@code rows[offsets[s]]} up to
     * {@code rows[offsets[s + 1] - 1]}. A row may belong to several sequences.
     *
     * @param offsets ascending, from 0 to {@code rows.length}
     * @param rows row indices in the tensor
     */
    public static Segments mapped(int[] offsets, int[] rows) {
        int[] ownOffsets = offsets.clone(); // checked and kept: the caller's arrays may change meanwhile
        int[] ownRows = rows.clone();
        boolean fits =
                ownOffsets.length > 0 && ownOffsets[0] == 0 && ownOffsets[ownOffsets.length - 1] == ownRows.length;
        for (int i = 1; i < ownOffsets.length; i++) {
            fits &= ownOffsets[i] >= ownOffsets[i - 1];
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    "offsets " + Arrays.toString(ownOffsets) + " do not ascend from 0 to " + ownRows.length);
        }
        int rowsNeeded = 0;
        for (int row : ownRows) {
            if (row < 0 || row >= Sizes.MOST) {
                throw new IllegalArgumentException("a sequence with row " + row);
            }
            rowsNeeded = Math.max(rowsNeeded, row + 1);
        }
        return new Segments(ownOffsets, ownRows, rowsNeeded);
    }

    /** Returns the number of sequences. */
    public int count() {
        return offsets.length - 1;
    }

    /** Returns the rows of all sequences together. */
    public int totalLength() {
        return offsets[offsets.length - 1];
    }

    /** Returns the position of a sequence's first row in the batch. */
    public int start(int segment) {
        return offsets[segment];
    }

    /** Returns the rows of one sequence. */
    public int length(int segment) {
        return offsets[segment + 1] - offsets[segment];
    }

    /** Returns the rows of the longest sequence; 0 if there is none. */
    public int longest() {
        int longest = 0;
        for (int segment = 0; segment < count(); segment++) {
            longest = Math.max(longest, length(segment));
        }
        return longest;
    }

    /** Returns whether the rows are given one by one. */
    public boolean isMapped() {
        return rows != null;
    }

    /** Returns the tensor's row that holds a position of the batch ({@code 0 <= position < totalLength()}). */
    public int row(int position) {
        return rows == null ? position : rows[position];
    }

    /** Returns one past the largest row in use: a tensor needs at least that many rows. */
    public int rowsNeeded() {
        return rowsNeeded;
    }

    /** Returns the first row of every sequence; sequences must not be empty. */
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
