package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.spi.HostMemory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Keeps the keys and values of a decoder while it writes: those of the tokens of all its sequences, and those of the
 * states of another tower that they attend to.
 *
 * <p>A token's row is written once and stays where it is: a sequence is a list of row indices, and sequences with a
 * common beginning (beams) share its rows. Reordering beams therefore copies indices, not keys and values. Rows are
 * preallocated for some tokens in every layer, and for twice as many when these are full: most texts are far shorter
 * than they may be. Keys and values for cross-attention are computed once for each picture, whatever the number of its
 * beams.
 */
public final class KeyValueCache {

    /**
     * Most bytes of keys and values for cross-attention that are held at a time; this limits how many pictures are
     * written about together.
     */
    private static final long PICTURE_BYTES = 256L << 20;

    /** Bytes from which the system is asked for its free memory. */
    private static final long WORTH_ASKING = 256L << 20;

    /** Number of rows that are preallocated for each picture at first. */
    private static final int FIRST_ROWS = 64;

    private final Backend backend;
    private final int capacity;
    private final int columns;

    /** Keys and values of every layer, {@code [preallocated rows, 2 hidden]}. */
    private List<Tensor> keysValues;

    private int preallocated;

    private final List<Tensor> sourceKeysValues;
    private final Segments stateSegments;

    /** The rows of every live sequence, and the picture that each is about; both in the order of the pictures. */
    private int[][] rows;

    private int[] pictures;
    private int usedRows;

    private int[] newRows = {};
    private Segments newSegments;
    private Segments cachedSegments;
    private CrossAttention.Source source;

    /**
     * Holds one layer at the current step.
     *
     * @param keysValues {@code [preallocated rows, 2 hidden]}
     * @param sourceKeysValues keys and values that cross-attention reads
     * @param newRows rows for the new tokens' keys and values
     * @param segments every sequence's rows, the new ones included
     */
    record Layer(Tensor keysValues, Tensor sourceKeysValues, int[] newRows, Segments segments) {}

    /**
     * Makes an empty cache with one sequence for each picture. It belongs to the scope it is made in, where it must be
     * advanced, too.
     *
     * @param sourceKeysValues keys and values for cross-attention, for every layer {@code [state rows, 2 hidden]}
     * @param stateSegments every picture's rows there
     * @param capacity the most tokens that the cache will hold, of all sequences together
     */
    KeyValueCache(
            Backend backend, List<Tensor> sourceKeysValues, Segments stateSegments, int capacity, int hiddenSize) {
        this.backend = backend;
        this.capacity = capacity;
        this.columns = 2 * hiddenSize;
        this.sourceKeysValues = sourceKeysValues;
        this.stateSegments = stateSegments;
        preallocated = (int) Math.min(capacity, (long) FIRST_ROWS * stateSegments.count());
        keysValues = preallocate();
        rows = new int[stateSegments.count()][0];
        pictures = IntStream.range(0, rows.length).toArray();
    }

    /**
     * Returns how many pictures to write about at a time.
     *
     * @param tokens of each picture
     * @param decoder sizes of the decoder that attends to them
     */
    public static int picturesAtOnce(int tokens, TransformerShape decoder) {
        long perPicture = 2L * Float.BYTES * tokens * decoder.layers() * decoder.hiddenSize();
        return (int) Math.clamp(PICTURE_BYTES / perPicture, 1, 64);
    }

    /** Preallocates the rows of every layer. */
    private List<Tensor> preallocate() {
        requireMemory((long) Float.BYTES * columns * preallocated * sourceKeysValues.size(), preallocated);
        return sourceKeysValues.stream()
                .map(layer -> backend.preallocate(preallocated, columns))
                .toList();
    }

    /** Preallocates more rows if {@code needed} are more than there are; tokens keep their rows. */
    private void grow(int needed) {
        if (needed <= preallocated) {
            return;
        }
        preallocated = (int) Math.max(needed, Math.min(capacity, 2L * preallocated));
        List<Tensor> larger = preallocate();
        int[] used = IntStream.range(0, usedRows).toArray();
        for (int layer = 0; layer < larger.size(); layer++) {
            Tensor full = keysValues.get(layer);
            backend.writeRows(larger.get(layer), used, full.rows(0, usedRows));
            backend.release(full);
        }
        keysValues = larger;
    }

    /** Throws early if memory is short: a system that has promised more memory than it has ends programs. */
    private static void requireMemory(long bytes, int tokens) {
        if (bytes > WORTH_ASKING && bytes > HostMemory.available()) {
            throw new DeviceException("remembering " + tokens + " tokens takes " + (bytes >> 20)
                    + " MiB, more than is free; use fewer beams, fewer new tokens or fewer pictures at a time");
        }
    }

    /** Returns the number of pictures, whether sequences about them are live or not. */
    public int pictures() {
        return stateSegments.count();
    }

    /**
     * Chooses the sequences that continue, and assigns rows to their next tokens.
     *
     * @param parents for every sequence that continues its index at the last step; those of a picture side by side
     * @param lengths number of tokens that each of them gets
     * @return the positions of the new tokens within their sequences, sequence after sequence
     */
    public int[] advance(int[] parents, int[] lengths) {
        int[][] longer = new int[parents.length][];
        int[] about = new int[parents.length];
        int total = Arrays.stream(lengths).sum();
        grow(usedRows + total);
        int[] positions = new int[total];
        newRows = IntStream.range(usedRows, usedRows + total).toArray();
        int at = 0;
        for (int sequence = 0; sequence < parents.length; sequence++) {
            int[] past = rows[parents[sequence]];
            longer[sequence] = Arrays.copyOf(past, past.length + lengths[sequence]);
            for (int i = past.length; i < longer[sequence].length; i++) {
                longer[sequence][i] = usedRows + at;
                positions[at++] = i;
            }
            about[sequence] = pictures[parents[sequence]];
        }
        usedRows += total;
        rows = longer;
        pictures = about;
        newSegments = Segments.ofLengths(lengths);
        cachedSegments = cachedSegments();
        int[] tokensOfPicture = new int[pictures()];
        for (int sequence = 0; sequence < lengths.length; sequence++) {
            tokensOfPicture[about[sequence]] += lengths[sequence];
        }
        source = new CrossAttention.Source(null, stateSegments, Segments.ofLengths(tokensOfPicture));
        return positions;
    }

    private Segments cachedSegments() {
        int[] offsets = new int[rows.length + 1];
        for (int sequence = 0; sequence < rows.length; sequence++) {
            offsets[sequence + 1] = offsets[sequence] + rows[sequence].length;
        }
        return Segments.mapped(
                offsets, Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray());
    }

    /** Returns every sequence's rows among the new tokens. */
    public Segments newSegments() {
        return newSegments;
    }

    /** Returns the row of every sequence's last new token, whose output says what could follow. */
    public int[] lastRows() {
        int[] rows = new int[newSegments.count()];
        Arrays.setAll(rows, i -> newSegments.start(i) + newSegments.length(i) - 1);
        return rows;
    }

    /**
     * Returns the states of another tower that the new tokens attend to; every {@link #layer} has their keys and
     * values.
     */
    CrossAttention.Source source() {
        return source;
    }

    /** Returns a layer at the current step. */
    Layer layer(int number) {
        return new Layer(keysValues.get(number), sourceKeysValues.get(number), newRows, cachedSegments);
    }
}
