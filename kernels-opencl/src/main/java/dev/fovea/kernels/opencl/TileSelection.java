package dev.fovea.kernels.opencl;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.DiskCache;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Finds out which tile is fastest on a device, for one row, for few and for many. It is measured once, on a product of
 * {@value #SIZE} inputs and outputs, and kept on disk: no table of devices would be complete, and a driver's compiler
 * changes the answer.
 */
final class TileSelection {

    static final int SIZE = 768;

    /** Timed runs of each tile; the fastest counts. */
    private static final int RUNS = 3;

    /** Tells products by their rows, since one row, few and many want different tiles. */
    enum Rows {
        ONE(1, 1),
        FEW(4, 4),
        SOME(64, 50),
        MANY(Integer.MAX_VALUE, 512);

        private final int most;
        private final int measured;

        Rows(int most, int measured) {
            this.most = most;
            this.measured = measured;
        }

        static Rows of(int rows) {
            return Stream.of(values())
                    .filter(kind -> rows <= kind.most)
                    .findFirst()
                    .orElseThrow();
        }

        /** Returns the rows of the product that is measured. */
        int measured() {
            return measured;
        }
    }

    /** Multiplies {@code rows} rows with a tile, {@value #SIZE} inputs and outputs, and waits until it is done. */
    interface Trial {
        void multiply(int rows, Tile tile);
    }

    private final Device device;
    private final Tuning tuning;
    private final DiskCache cache;
    private final Map<Rows, Tile> fastest = new EnumMap<>(Rows.class);

    TileSelection(Device device, Tuning tuning, DiskCache cache) {
        this.device = device;
        this.tuning = tuning;
        this.cache = cache;
    }

    /** Returns tiles that are alike for every product. */
    static TileSelection always(Tile tile, Device device, Tuning tuning, DiskCache cache) {
        TileSelection tiles = new TileSelection(device, tuning, cache);
        for (Rows rows : Rows.values()) {
            tiles.fastest.put(rows, tile);
        }
        return tiles;
    }

    /** Returns the tile for this many rows: known, kept on disk, or measured now. */
    synchronized Tile of(int rows, Trial trial) {
        return fastest.computeIfAbsent(Rows.of(rows), kind -> {
            String key = DiskCache.key(
                    device.label(),
                    "tile",
                    kind.name(),
                    tuning.toString(),
                    candidates(kind).toString());
            byte[] kept = cache.read(key);
            String name = kept == null ? "" : new String(kept, StandardCharsets.US_ASCII);
            for (Tile tile : candidates(kind)) {
                if (tile.toString().equals(name)) {
                    return tile;
                }
            }
            Tile measured = measure(kind, trial);
            cache.write(key, measured.toString().getBytes(StandardCharsets.US_ASCII));
            return measured;
        });
    }

    private Tile measure(Rows kind, Trial trial) {
        Tile best = null;
        long bestNanos = Long.MAX_VALUE;
        FoveaException failure = null;
        for (Tile tile : candidates(kind)) {
            try {
                trial.multiply(kind.measured, tile); // compiles it, too
                for (int run = 0; run < RUNS; run++) {
                    long start = System.nanoTime();
                    trial.multiply(kind.measured, tile);
                    long nanos = System.nanoTime() - start;
                    if (nanos < bestNanos) {
                        bestNanos = nanos;
                        best = tile;
                    }
                }
            } catch (FoveaException e) {
                failure = e; // too many registers for this device, perhaps; another tile may do
            }
        }
        if (best == null) {
            throw failure;
        }
        return best;
    }

    /** Returns the tiles worth measuring; the first of them is modest enough for any device. */
    List<Tile> candidates(Rows kind) {
        Stream<Tile> tiles = device.kind().equals(Device.CPU) ? ofProcessors(kind) : ofGpus(kind);
        return tiles.filter(tile -> tile.fits(device, tuning.width())).toList();
    }

    /**
     * Returns tiles with as many sums as there are vector registers. The items of a group take rows below each other
     * and find the weights in the cache.
     */
    private static Stream<Tile> ofProcessors(Rows kind) {
        return switch (kind) {
            case ONE -> Stream.of(new Tile(1, 1, 1, 1, 0), new Tile(1, 4, 1, 1, 0));
            case FEW -> Stream.of(new Tile(4, 1, 1, 1, 0), new Tile(4, 4, 1, 1, 0));
            case SOME -> Stream.of(new Tile(4, 4, 1, 2, 0), new Tile(6, 4, 1, 8, 0), new Tile(10, 2, 1, 5, 0));
            case MANY -> Stream.of(new Tile(6, 2, 1, 8, 0), new Tile(6, 4, 1, 8, 0), new Tile(8, 2, 1, 16, 0));
        };
    }

    /** Returns the groups of 64 to 256 items; squares of up to 128 x 128 outputs through local memory. */
    private static Stream<Tile> ofGpus(Rows kind) {
        return switch (kind) {
            case ONE -> Stream.of(new Tile(1, 1, 32, 1, 0), new Tile(1, 1, 64, 1, 0), new Tile(1, 2, 32, 1, 0));
            case FEW -> Stream.of(new Tile(4, 1, 32, 1, 0), new Tile(2, 1, 32, 2, 0), new Tile(4, 1, 64, 1, 0));
            case SOME ->
                Stream.of(
                        new Tile(4, 1, 16, 8, 16),
                        new Tile(4, 1, 32, 2, 0),
                        new Tile(4, 1, 8, 8, 32),
                        new Tile(4, 2, 16, 8, 16));
            case MANY ->
                Stream.of(
                        new Tile(4, 1, 16, 16, 16),
                        new Tile(4, 2, 16, 16, 16),
                        new Tile(8, 1, 16, 16, 16),
                        new Tile(8, 2, 16, 16, 16),
                        new Tile(8, 2, 16, 8, 16),
                        new Tile(8, 2, 16, 16, 8));
        };
    }
}
