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
 * What a decoder remembers while it writes: the keys and values of the tokens of all its sequences, and of what they look at.
 *
 * <p>A token's row is written once and keeps its number: a sequence is a list of row numbers, and sequences that began alike (beams) share
 * the rows of their common past. Reordering beams therefore copies row numbers, no numbers. Every layer has room for some tokens, and for
 * twice as many when it is full: most texts are far shorter than they may be. What the sequences look at is computed once for each picture,
 * whatever the number of its beams.
 */
public final class KeyValueCache {

    /** Bytes of keys and values of pictures that are held at a time: pictures are written about together, but not any number. */
    private static final long PICTURE_BYTES = 256L << 20;

    private static final long WORTH_ASKING = 256L << 20;

    /** Tokens of each picture that there is room for at first. */
    private static final int FIRST_ROOM = 64;

    private final Backend backend;
    private final int capacity;
    private final int columns;

    /** Of every layer, {@code [room, 2 hidden]}. */
    private List<Tensor> keysValues;

    private int room;

    private final List<Tensor> encoded;
    private final Segments encodedSegments;

    /** Of every live sequence its rows, and which picture it is about; in the order of the pictures. */
    private int[][] rows;

    private int[] pictures;
    private int usedRows;

    private int[] newRows = {};
    private Segments newSegments;
    private Segments cachedSegments;
    private CrossAttention.Source source;

    /**
     * One layer at the current step.
     *
     * @param keysValues {@code [room, 2 hidden]}
     * @param sourceKeysValues keys and values of what cross-attention reads
     * @param newRows where the new tokens' keys and values go
     * @param segments every sequence's rows, the new ones included
     */
    record Layer(Tensor keysValues, Tensor sourceKeysValues, int[] newRows, Segments segments) {}

    /**
     * An empty cache with one sequence for each picture. Belongs to the scope it is made in, where it must be advanced, too.
     *
     * @param encoded for every layer {@code [encoded rows, 2 hidden]}
     * @param encodedSegments every picture's rows there
     * @param capacity the most tokens that will be remembered, of all sequences together
     */
    KeyValueCache(Backend backend, List<Tensor> encoded, Segments encodedSegments, int capacity, int hiddenSize) {
        this.backend = backend;
        this.capacity = capacity;
        this.columns = 2 * hiddenSize;
        this.encoded = encoded;
        this.encodedSegments = encodedSegments;
        room = (int) Math.min(capacity, (long) FIRST_ROOM * encodedSegments.count());
        keysValues = rooms();
        rows = new int[encodedSegments.count()][0];
        pictures = IntStream.range(0, rows.length).toArray();
    }

    /**
     * How many pictures should be written about at a time.
     *
     * @param tokens of each picture
     * @param decoder what looks at them
     */
    public static int picturesAtOnce(int tokens, TransformerShape decoder) {
        long perPicture = 2L * Float.BYTES * tokens * decoder.layers() * decoder.hiddenSize();
        return (int) Math.clamp(PICTURE_BYTES / perPicture, 1, 64);
    }

    /** A room for every layer. */
    private List<Tensor> rooms() {
        requireMemory((long) Float.BYTES * columns * room * encoded.size(), room);
        return encoded.stream().map(layer -> backend.preallocate(room, columns)).toList();
    }

    /** Makes room for so many tokens, of which those that are there keep their rows. */
    private void grow(int needed) {
        if (needed <= room) {
            return;
        }
        room = (int) Math.max(needed, Math.min(capacity, 2L * room));
        List<Tensor> larger = rooms();
        int[] used = IntStream.range(0, usedRows).toArray();
        for (int layer = 0; layer < larger.size(); layer++) {
            Tensor full = keysValues.get(layer);
            backend.writeRows(larger.get(layer), used, full.rows(0, usedRows));
            backend.release(full);
        }
        keysValues = larger;
    }

    /** What the system has promised but does not have, it takes by ending programs. */
    private static void requireMemory(long bytes, int tokens) {
        if (bytes > WORTH_ASKING && bytes > HostMemory.available()) {
            throw new DeviceException("remembering " + tokens + " tokens takes " + (bytes >> 20)
                    + " MiB, more than is free; use fewer beams, fewer new tokens or fewer pictures at a time");
        }
    }

    /** Number of pictures, whether sequences about them are live or not. */
    public int pictures() {
        return encodedSegments.count();
    }

    /**
     * Chooses the sequences that go on, and makes room for their next tokens.
     *
     * @param parents for every sequence that goes on the number of a sequence of the last step; those of a picture side by side
     * @param lengths how many tokens each of them gets
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
        source = new CrossAttention.Source(null, encodedSegments, Segments.ofLengths(tokensOfPicture));
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

    /** Returns what the new tokens attend to in another tower, whose keys and values every {@link #layer} has. */
    CrossAttention.Source source() {
        return source;
    }

    /** A layer at the current step. */
    Layer layer(int number) {
        return new Layer(keysValues.get(number), encoded.get(number), newRows, cachedSegments);
    }
}
