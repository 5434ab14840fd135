package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.layout.EvenCut;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.AttentionKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.numbers.Sizes;

/**
 * Computes the products of attention in machine code, with the same bits as {@link TiledHeads}:
 *
 * <pre>
 * keys, values          -> their rows of the head, one below the other
 * for each panel of queries
 *   queries             -> [headSize][width]
 *   for each tile of keys
 *     scores[tile, width] = k qᵀ                              {@link AttentionKernels#scores}
 *   for each tile of queries, each panel of values
 *     out[tile, panel]    = factors * weightsᵀ values         {@link AttentionKernels#mix}
 * </pre>
 */
final class MachineHeads implements HeadProducts {

    /** Steps of a panel of queries are filled up to a multiple of this, for {@link AttentionKernels#turn}. */
    private static final int STEPS = 16;

    private final Kernels kernels;
    private final AttentionKernels machine;

    MachineHeads(Kernels kernels, AttentionKernels machine) {
        this.kernels = kernels;
        this.machine = machine;
    }

    @Override
    public Head head(AttentionCall call, int segment, int head, int seen, int queries) {
        return new MachineHead(call, segment, head, seen);
    }

    private static int roundUp(int count, int step) {
        return Math.ceilDiv(count, step) * step;
    }

    private static long bytes(int floats) {
        return (long) floats * Float.BYTES;
    }

    /** Has a head's keys and values one below the other. */
    private final class MachineHead implements Head {

        private final AttentionCall call;
        private final int segment;
        private final int head;
        private final int seen;
        private final long keys;
        private final long values;

        /** Columns of the copied values: whole panels, those behind the last value undefined. */
        private final int valueColumns;

        MachineHead(AttentionCall call, int segment, int head, int seen) {
            this.call = call;
            this.segment = segment;
            this.head = head;
            this.seen = seen;
            int headSize = call.headSize();
            int valueSize = call.valueSize();
            valueColumns = roundUp(valueSize, machine.columns());
            int floats = Sizes.product("attention: keys of a sequence", seen, headSize);
            keys = Scratch.floats(Scratch.Slot.KEYS, floats);
            floats = Sizes.product("attention: values of a sequence", seen, valueColumns);
            values = Scratch.floats(Scratch.Slot.VALUES, floats);
            for (int key = 0, count; key < seen; key += count) {
                count = call.keysTogether(segment, key, seen - key);
                int row = call.keyRow(segment, key);
                long toKeys = keys + key * bytes(headSize);
                long toValues = values + key * bytes(valueColumns);
                kernels.copy(call.key(row, head), Memory.stride(call.keys()), toKeys, bytes(headSize), count, headSize);
                kernels.copy(
                        call.value(row, head),
                        Memory.stride(call.values()),
                        toValues,
                        bytes(valueColumns),
                        count,
                        valueSize);
            }
        }

        @Override
        public int scoreRows() {
            return seen;
        }

        @Override
        public void scores(int query, int rows, int seenByPanel, long scores) {
            int headSize = call.headSize();
            long queries = packQueries(query, rows);
            EvenCut cut = EvenCut.of(seenByPanel, machine.tallestTile());
            for (int tile = 0; tile < cut.tiles(); tile++) {
                long key = cut.start(tile);
                machine.scores(
                        cut.height(tile),
                        keys + key * bytes(headSize),
                        bytes(headSize),
                        queries,
                        scores + key * bytes(machine.columns()),
                        bytes(machine.columns()),
                        headSize);
            }
        }

        /** Transposes queries to a panel; columns without a query are zeros. */
        private long packQueries(int query, int rows) {
            int width = machine.columns();
            int headSize = call.headSize();
            int steps = roundUp(headSize, STEPS);
            long panel = Scratch.floats(Scratch.Slot.QUERIES, (long) width * steps);
            long stride = Memory.stride(call.queries());
            boolean isWhole = machine.canTurn() && rows == width && headSize == steps;
            if (isWhole && call.queriesTogether(segment, query, rows) == rows) {
                machine.turn(call.query(call.queryRow(segment, query), head), stride, panel, steps);
                return panel;
            }
            long copied = Scratch.floats(Scratch.Slot.TILE, (long) width * steps);
            Memory.zero(copied, (long) width * steps);
            for (int r = 0, count; r < rows; r += count) {
                count = call.queriesTogether(segment, query + r, rows - r);
                long from = call.query(call.queryRow(segment, query + r), head);
                kernels.copy(from, stride, copied + r * bytes(steps), bytes(steps), count, headSize);
            }
            if (machine.canTurn()) {
                machine.turn(copied, bytes(steps), panel, steps);
            } else {
                kernels.transpose(copied, bytes(steps), width, panel, headSize);
            }
            return panel;
        }

        @Override
        public void mix(int query, int rows, int seenByPanel, long weights, long factors) {
            EvenCut cut = EvenCut.of(rows, machine.tallestTile());
            for (int tile = 0; tile < cut.tiles(); tile++) {
                int first = cut.start(tile);
                int height = cut.height(tile);
                boolean isTogether = call.queriesTogether(segment, query + first, height) == height;
                for (int column = 0; column < call.valueSize(); column += machine.columns()) {
                    mix(query, first, height, column, seenByPanel, weights, factors, isTogether);
                }
            }
            for (int r = 0; r < rows; r++) {
                if (Memory.get(factors + bytes(r)) == 0) {
                    Memory.zero(call.result(call.queryRow(segment, query + r), head), call.valueSize());
                }
            }
        }

        /**
         * Computes a tile of results and puts it where it belongs, by way of a buffer where rows or columns are cut.
         */
        private void mix(
                int query,
                int first,
                int height,
                int column,
                int steps,
                long weights,
                long factors,
                boolean isTogether) {
            int width = machine.columns();
            int columns = Math.min(width, call.valueSize() - column);
            boolean isInPlace = isTogether && columns == width;
            int firstRow = call.queryRow(segment, query + first);
            long out = isInPlace
                    ? call.result(firstRow, head) + bytes(column)
                    : Scratch.floats(Scratch.Slot.TILE, (long) height * width);
            long stride = isInPlace ? Memory.stride(call.out()) : bytes(width);
            machine.mix(
                    height,
                    weights + bytes(first),
                    values + bytes(column),
                    bytes(valueColumns),
                    out,
                    stride,
                    steps,
                    factors + bytes(first));
            for (int r = 0; !isInPlace && r < height; r++) {
                int row = call.queryRow(segment, query + first + r);
                Memory.copy(out + r * bytes(width), call.result(row, head) + bytes(column), columns);
            }
        }
    }
}
