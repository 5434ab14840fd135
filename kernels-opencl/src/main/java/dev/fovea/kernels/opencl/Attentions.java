package dev.fovea.kernels.opencl;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/** Computes attention among rows and among channels, by {@code attention.cl} and {@code channel_attention.cl}. */
final class Attentions {

    /** Sizes of heads are rounded up to a multiple, so that few kernels serve all models. */
    private static final int SIZES = 32;

    /** Keys that lie in local memory at a time, and the bytes that they and their values may take. */
    private static final int MOST_KEYS = 32;

    private static final long LOCAL_BYTES = 24 << 10;

    private final DeviceMemory memory;
    private final Programs programs;
    private final Tuning tuning;
    private final DeviceSegments onDevice;

    Attentions(DeviceMemory memory, Programs programs, Tuning tuning, DeviceSegments onDevice) {
        this.memory = memory;
        this.programs = programs;
        this.tuning = tuning;
        this.onDevice = onDevice;
    }

    /** Computes attention among rows; rows of no sequence are not touched. */
    void attend(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape,
            Tensor out) {
        int headSize = queries.columns() / shape.heads();
        int valueSize = values.columns() / shape.heads();
        int head = roundedUp(headSize);
        int value = roundedUp(valueSize);
        long fitting = LOCAL_BYTES / ((long) Float.BYTES * (head + value));
        long keysAtOnce = Math.clamp(Long.highestOneBit(Math.max(1, fitting)), tuning.width(), MOST_KEYS);
        String macros =
                "-D HEAD=" + head + " -D VALUE=" + value + " -D QUERIES=" + tuning.queries() + " -D KEYS=" + keysAtOnce;
        DeviceSegments.Rows queryRows = onDevice.rows(querySegments);
        DeviceSegments.Rows keyRows = onDevice.rows(keySegments);
        for (boolean few : new boolean[] {false, true}) {
            DeviceSegments.Tasks tasks = few ? onDevice.fewQueries(querySegments) : onDevice.manyQueries(querySegments);
            if (tasks.count() == 0) {
                continue;
            }
            programs.kernel("attention", few ? "attention_few" : "attention", macros)
                    .call()
                    .tensor(queries)
                    .tensor(keys)
                    .tensor(values)
                    .array(queryRows.offsets())
                    .array(queryRows.numbers())
                    .number(queryRows.isMapped())
                    .array(keyRows.offsets())
                    .array(keyRows.numbers())
                    .number(keyRows.isMapped())
                    .array(tasks.pairs())
                    .number(shape.scale())
                    .number(shape.mask() == AttentionShape.Mask.CAUSAL ? 1 : 0)
                    .number(headSize)
                    .number(valueSize)
                    .tensor(out)
                    .groups(
                            new long[] {tasks.count(), shape.heads()},
                            new long[] {few ? tuning.lanes() : tuning.queries(), 1});
        }
    }

    private static int roundedUp(int size) {
        return Math.max(1, (size + SIZES - 1) / SIZES) * SIZES;
    }

    /** Computes attention among channels; rows of no sequence are not touched. */
    void attendChannels(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups, Tensor out) {
        int size = queries.columns() / groups;
        long square = (long) size * size;
        long vectors = (size + tuning.width() - 1) / tuning.width();
        DeviceSegments.Chunks chunks = onDevice.chunks(segments);
        DeviceStorage scores = floats(chunks.count() * groups * square);
        DeviceStorage rowScores = floats(segments.count() * groups * square);
        DeviceStorage weights = floats(segments.count() * groups * square);
        programs.kernel("channel_attention", "channel_scores", "")
                .call()
                .tensor(queries)
                .tensor(keys)
                .array(chunks.ranges())
                .number(chunks.count())
                .number(groups)
                .number(size)
                .array(scores)
                .items(chunks.count() * (long) groups * size * vectors);
        programs.kernel("channel_attention", "channel_weights", "")
                .call()
                .array(scores)
                .array(chunks.offsets())
                .array(onDevice.rows(segments).offsets())
                .number(segments.count())
                .number(groups)
                .number(size)
                .array(rowScores)
                .array(weights)
                .items((long) segments.count() * groups * size);
        programs.kernel("channel_attention", "channel_values", "")
                .call()
                .tensor(values)
                .array(weights)
                .array(chunks.segmentOfRow())
                .number(segments.totalLength())
                .number(groups)
                .number(size)
                .tensor(out)
                .items((long) segments.totalLength() * groups * vectors);
        memory.giveBack(scores);
        memory.giveBack(rowScores);
        memory.giveBack(weights);
    }

    private DeviceStorage floats(long count) {
        return memory.take(count * Float.BYTES);
    }
}
