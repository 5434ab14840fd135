package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Segments;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Uploads sequences in the form that kernels read. The layers of a tower all ask for equal ones, so each is uploaded
 * once.
 */
final class DeviceSegments {

    /** Sequences of at most this many queries have {@code attention_few}. */
    private static final int FEW = 4;

    /** Rows of a partial score of channel attention. */
    private static final int CHUNK = 1024;

    private final Queue queue;
    private final DeviceMemory memory;
    private final int queriesOfGroup;
    private final Map<Segments, Rows> known = new WeakHashMap<>();
    private final Map<Segments, Tasks> manyTasks = new WeakHashMap<>();
    private final Map<Segments, Tasks> fewTasks = new WeakHashMap<>();
    private final Map<Segments, Chunks> chunks = new WeakHashMap<>();

    /**
     * Holds where sequences are.
     *
     * @param offsets {@code [count + 1]} positions
     * @param numbers the row of each position, or null if they are the positions
     */
    record Rows(DeviceStorage offsets, DeviceStorage numbers) {
        int isMapped() {
            return numbers == null ? 0 : 1;
        }
    }

    /**
     * Holds the parts that attention is cut into.
     *
     * @param pairs {@code [count, 2]} sequence and its first query
     */
    record Tasks(DeviceStorage pairs, int count) {}

    /**
     * Holds the parts that channel attention is cut into.
     *
     * @param ranges {@code [count, 2]} first row and the one after the last
     * @param offsets {@code [sequences + 1]} the first piece of each sequence
     * @param segmentOfRow the sequence of each row
     */
    record Chunks(DeviceStorage ranges, int count, DeviceStorage offsets, DeviceStorage segmentOfRow) {}

    DeviceSegments(Queue queue, DeviceMemory memory, int queriesOfGroup) {
        this.queue = queue;
        this.memory = memory;
        this.queriesOfGroup = queriesOfGroup;
    }

    /** Integers on the device, freed when nobody holds them any more. */
    private DeviceStorage integers(int[] values) {
        DeviceStorage storage = memory.allocate((long) Integer.BYTES * values.length);
        queue.write(storage, MemorySegment.ofArray(values));
        return storage;
    }

    private DeviceStorage integers(List<Integer> values) {
        return integers(values.stream().mapToInt(Integer::intValue).toArray());
    }

    synchronized Rows rows(Segments segments) {
        return known.computeIfAbsent(segments, key -> {
            int[] offsets = new int[segments.count() + 1];
            for (int i = 0; i < segments.count(); i++) {
                offsets[i + 1] = segments.start(i) + segments.length(i);
            }
            int[] numbers = null;
            if (segments.isMapped()) {
                numbers = new int[segments.totalLength()];
                for (int position = 0; position < numbers.length; position++) {
                    numbers[position] = segments.row(position);
                }
            }
            return new Rows(integers(offsets), numbers == null ? null : integers(numbers));
        });
    }

    /** Returns groups of queries of the sequences that have many, for {@code attention}. */
    synchronized Tasks manyQueries(Segments segments) {
        return manyTasks.computeIfAbsent(segments, key -> tasks(segments, FEW + 1, Integer.MAX_VALUE, queriesOfGroup));
    }

    /** Returns every query of the sequences that have few, for {@code attention_few}. */
    synchronized Tasks fewQueries(Segments segments) {
        return fewTasks.computeIfAbsent(segments, key -> tasks(segments, 1, FEW, 1));
    }

    private Tasks tasks(Segments segments, int fewest, int most, int step) {
        List<Integer> pairs = new ArrayList<>();
        for (int segment = 0; segment < segments.count(); segment++) {
            int length = segments.length(segment);
            for (int query = 0; query < length && length >= fewest && length <= most; query += step) {
                pairs.add(segment);
                pairs.add(query);
            }
        }
        return new Tasks(pairs.isEmpty() ? null : integers(pairs), pairs.size() / 2);
    }

    synchronized Chunks chunks(Segments segments) {
        return chunks.computeIfAbsent(segments, key -> {
            List<Integer> ranges = new ArrayList<>();
            List<Integer> offsets = new ArrayList<>(List.of(0));
            int[] segmentOfRow = new int[segments.totalLength()];
            for (int segment = 0; segment < segments.count(); segment++) {
                int end = segments.start(segment) + segments.length(segment);
                for (int from = segments.start(segment); from < end; from += CHUNK) {
                    ranges.add(from);
                    ranges.add(Math.min(end, from + CHUNK));
                }
                offsets.add(ranges.size() / 2);
                Arrays.fill(segmentOfRow, segments.start(segment), end, segment);
            }
            return new Chunks(integers(ranges), ranges.size() / 2, integers(offsets), integers(segmentOfRow));
        });
    }
}
