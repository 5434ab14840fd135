package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.numbers.Sizes;

/**
 * Computes the products of attention on the GEMM micro-kernel:
 *
 * <pre>
 * keys   -> tiles [keys / height][headSize][height]
 * values -> tiles [valueSize / height][keys][height]
 * for each panel of queries, as many as a tile is wide
 *   queries              -> [headSize][width]
 *   scores[keys, width]   = k qᵀ                     {@link Kernels#tile}
 *   sums[values, width]   = vᵀ weights               {@link Kernels#tile}
 *   out                   = sums * factors, a row for each query
 * </pre>
 */
final class TiledHeads implements HeadProducts {

    /**
     * Elements of a column of sums that are read at a time, so that a cache line is still cached when the next query's
     * column is read.
     */
    private static final int COLUMN = 64;

    private final Kernels kernels;
    private final TileHeights heights;

    TiledHeads(Kernels kernels, TileHeights heights) {
        this.kernels = kernels;
        this.heights = heights;
    }

    @Override
    public Head head(AttentionCall call, int segment, int head, int seen, int queries) {
        Tiling keyTiles = heights.cut(seen, (long) queries * (call.headSize() + call.valueSize()));
        Tiling valueTiles = heights.cut(call.valueSize(), 0);
        float[] keys = packKeys(call, segment, head, keyTiles);
        float[] values = packValues(call, segment, head, seen, valueTiles);
        return new TiledHead(call, segment, head, seen, keyTiles, keys, valueTiles, values);
    }

    /** Has a head's keys and values in tiles. */
    private final class TiledHead implements Head {

        private final AttentionCall call;
        private final int segment;
        private final int head;
        private final int depthOfValues;
        private final Tiling keyTiles;
        private final float[] keys;
        private final Tiling valueTiles;
        private final float[] values;

        TiledHead(
                AttentionCall call,
                int segment,
                int head,
                int depthOfValues,
                Tiling keyTiles,
                float[] keys,
                Tiling valueTiles,
                float[] values) {
            this.call = call;
            this.segment = segment;
            this.head = head;
            this.depthOfValues = depthOfValues;
            this.keyTiles = keyTiles;
            this.keys = keys;
            this.valueTiles = valueTiles;
            this.values = values;
        }

        @Override
        public int scoreRows() {
            return keyTiles.start(keyTiles.tiles());
        }

        @Override
        public void scores(int query, int rows, int seen, long scores) {
            long queries = packQueries(call, segment, head, query, rows);
            multiply(keyTiles, seen, keys, call.headSize(), queries, call.headSize(), scores);
        }

        @Override
        public void mix(int query, int rows, int seen, long weights, long factors) {
            int width = kernels.panelColumns();
            int valueSize = call.valueSize();
            long sums = Scratch.floats(Scratch.Slot.TILE, (long) valueTiles.start(valueTiles.tiles()) * width);
            multiply(valueTiles, valueSize, values, depthOfValues, weights, seen, sums);
            for (int from = 0; from < valueSize; from += COLUMN) {
                int count = Math.min(COLUMN, valueSize - from);
                for (int r = 0; r < rows; r++) {
                    float factor = Memory.get(factors + (long) r * Float.BYTES);
                    long to = call.result(call.queryRow(segment, query + r), head) + (long) from * Float.BYTES;
                    if (factor == 0) {
                        Memory.zero(to, count);
                    } else {
                        kernels.column(sums + ((long) from * width + r) * Float.BYTES, factor, to, count);
                    }
                }
            }
        }
    }

    /**
     * Multiplies some rows of A with one panel.
     *
     * @param rows of the tiles, those that are wanted
     * @param a tiles of a depth that is at least the one in use
     * @param c {@code [rows][width]}
     */
    private void multiply(Tiling tiles, int rows, float[] a, int depthOfTile, long panel, int depth, long c) {
        long rowBytes = (long) kernels.panelColumns() * Float.BYTES;
        long zeros = Memory.zeros(kernels.panelColumns());
        for (int tile = 0; tile < tiles.tiles() && tiles.start(tile) < rows; tile++) {
            int start = tiles.start(tile);
            long to = c + start * rowBytes;
            int height = tiles.height(tile);
            kernels.tile(height, a, start * depthOfTile, depthOfTile, panel, depth, zeros, to, rowBytes, panel);
        }
    }

    /** Packs the keys of a tile. Rows that do not lie one below the other are copied together first. */
    private float[] packKeys(AttentionCall call, int segment, int head, Tiling tiles) {
        int headSize = call.headSize();
        int floats = Sizes.product("attention: keys of a sequence", tiles.start(tiles.tiles()), headSize);
        float[] packed = Scratch.array(Scratch.Packed.KEYS, floats);
        for (int tile = 0; tile < tiles.tiles(); tile++) {
            int start = tiles.start(tile);
            int rows = tiles.rows(tile);
            int to = start * headSize;
            if (call.keysTogether(segment, start, rows) == rows) {
                long from = call.key(call.keyRow(segment, start), head);
                kernels.pack(
                        from, Memory.stride(call.keys()), rows, packed, to, tiles.height(tile), headSize, headSize);
                continue;
            }
            long rowBytes = (long) headSize * Float.BYTES;
            long gathered = Scratch.floats(Scratch.Slot.TILE, (long) rows * headSize);
            for (int row = 0; row < rows; row++) {
                Memory.copy(call.key(call.keyRow(segment, start + row), head), gathered + row * rowBytes, headSize);
            }
            kernels.pack(gathered, rowBytes, rows, packed, to, tiles.height(tile), headSize, headSize);
        }
        return packed;
    }

    /** Packs the values of a tile; a value's row already has the elements of a tile side by side. */
    private float[] packValues(AttentionCall call, int segment, int head, int seen, Tiling tiles) {
        int floats = Sizes.product("attention: values of a sequence", tiles.start(tiles.tiles()), seen);
        float[] packed = Scratch.array(Scratch.Packed.VALUES, floats);
        for (int tile = 0; tile < tiles.tiles(); tile++) {
            int start = tiles.start(tile);
            int rows = tiles.rows(tile);
            int height = tiles.height(tile);
            for (int key = 0, count; key < seen; key += count) {
                count = call.keysTogether(segment, key, seen - key);
                long from = call.value(call.keyRow(segment, key), head);
                kernels.packColumns(
                        from + (long) start * Float.BYTES,
                        Memory.stride(call.values()),
                        count,
                        packed,
                        start * seen + PackedTile.place(height, key),
                        height,
                        seen,
                        rows);
            }
        }
        return packed;
    }

    private long packQueries(AttentionCall call, int segment, int head, int query, int rows) {
        int width = kernels.panelColumns();
        int headSize = call.headSize();
        long panel = Scratch.floats(Scratch.Slot.QUERIES, (long) width * headSize);
        if (rows < width) {
            Memory.zero(panel, (long) width * headSize);
        }
        for (int r = 0, count; r < rows; r += count) {
            count = call.queriesTogether(segment, query + r, rows - r);
            long from = call.query(call.queryRow(segment, query + r), head);
            kernels.transpose(from, Memory.stride(call.queries()), count, panel + (long) r * Float.BYTES, headSize);
        }
        return panel;
    }
}
