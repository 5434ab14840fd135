package dev.fovea.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.files.DiskCache;
import dev.fovea.tensor.kit.OpenClMachine;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.CLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong on a real device, what is kept on disk, and when the host waits. */
class OpenClDeviceTest {

    private static Device device;

    @TempDir
    private Path folder;

    @BeforeAll
    static void findDevice() {
        device = OpenClMachine.orSkip(() -> Devices.choose(Devices.all(), ""));
    }

    private OpenClBackend backend(Tuning tuning, Tile tile) {
        DiskCache cache = new DiskCache(folder);
        return new OpenClBackend(device, tuning, TileSelection.always(tile, device, tuning, cache), cache);
    }

    private OpenClBackend backend() {
        return backend(Tuning.of(device), new Tile(4, 1, 1, 1, 0));
    }

    private static void assertOneLine(RuntimeException e, String... parts) {
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    @Test
    void moreMemoryThanThereIs() {
        try (OpenClBackend backend = backend()) {
            Tensor before = backend.tensor(1, 2, new float[] {1, 2});
            FoveaException e = assertThrows(FoveaException.class, () -> backend.preallocate(1 << 21, 1 << 21));
            assertOneLine(e, device.label(), "MiB", "use a smaller batch", "the device cpu");
            assertArrayEquals(new float[] {2, 4}, backend.add(before, before).toArray()); // it still works
        }
    }

    /** The names of errors are looked up in the class that loads the driver. */
    @Test
    void anErrorThatNobodyExpected() {
        FoveaException e =
                OpenClFailure.of(new CLException("raw", CL.CL_INVALID_KERNEL_ARGS), device, "running softmax");
        assertOneLine(e, device.label(), "failed with CL_INVALID_KERNEL_ARGS; update its driver", "[running softmax]");
    }

    @Test
    void aKernelThatDoesNotCompile() {
        Queue queue = new Queue(device);
        try (Programs programs = new Programs(queue, "", new DiskCache(folder))) {
            FoveaException e = assertThrows(
                    FoveaException.class,
                    () -> programs.build("kernel void wrong(global int *x) { y = 1; }", "", "wrong"));
            assertOneLine(e, device.label(), "cannot compile", "update its driver", "wrong.cl");
        } finally {
            queue.close();
        }
    }

    @Test
    void aClosedBackend() {
        OpenClBackend backend = backend();
        Tensor x = backend.tensor(1, 1, new float[] {1});
        backend.softmax(x);
        backend.close();
        assertOneLine(assertThrows(IllegalStateException.class, x::toArray), "toArray", "is closed");
        assertOneLine(assertThrows(IllegalStateException.class, () -> backend.softmax(x)), "softmax", "is closed");
        assertOneLine(
                assertThrows(IllegalStateException.class, () -> backend.preallocate(4096, 4096)),
                "preallocate",
                "is closed");
        backend.close();
    }

    @Test
    void programsAreKeptOnDiskAndADamagedOneIsCompiledAgain() throws IOException {
        softmaxOfOne();
        List<Path> kept = files();
        assertEquals(1, kept.size());
        byte[] program = Files.readAllBytes(kept.getFirst());
        Files.write(kept.getFirst(), new byte[] {1, 2, 3});
        softmaxOfOne();
        assertEquals(kept, files());
        assertTrue(Files.size(kept.getFirst()) > program.length / 2, "was not written again");
        long time = Files.getLastModifiedTime(kept.getFirst()).toMillis();
        softmaxOfOne();
        assertEquals(time, Files.getLastModifiedTime(kept.getFirst()).toMillis());
    }

    private void softmaxOfOne() {
        try (OpenClBackend backend = backend()) {
            Tensor x = backend.tensor(1, 1, new float[] {3});
            assertArrayEquals(new float[] {1}, backend.softmax(x).toArray());
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void theHostWaitsOnlyWhereItReads() {
        try (OpenClBackend backend = backend()) {
            WeightData square = WeightData.of("square", Shape.of(64, 64), new float[64 * 64]);
            var weight = backend.linearWeight(List.of(square), List.of(), null);
            long waits = backend.statistics().hostWaits();
            Tensor result = backend.scoped("", () -> {
                Tensor x = backend.tensor(300, 64, new float[300 * 64]);
                for (int i = 0; i < 200; i++) {
                    x = backend.linear(x, weight, Fusion.NONE.withResidual(x));
                    x = backend.gatherRows(x, new int[300]);
                }
                return x;
            });
            assertEquals(waits, backend.statistics().hostWaits());
            result.columns(3, 9).toArray(); // rows that do not lie end to end
            assertEquals(waits + 1, backend.statistics().hostWaits());
        }
    }

    /** Tiles for GPUs, which no search would choose on a processor. */
    @ParameterizedTest
    @CsvSource({"8,2,16,16,16,F32", "8,2,16,8,16,I8", "4,1,8,8,32,F16", "2,1,32,2,0,BF16"})
    void tilesOfGpus(int tileRows, int vectors, int itemsX, int itemsY, int depth, DType storage) {
        Tile tile = new Tile(tileRows, vectors, itemsX, itemsY, depth);
        int rows = 150;
        int inputs = 77;
        int outputs = 141;
        Random random = new Random(1);
        float[] matrix = floats(random, outputs * inputs);
        float[] values = floats(random, rows * inputs);
        WeightData data = WeightData.of("matrix", Shape.of(outputs, inputs), matrix);
        try (ReferenceBackend reference = new ReferenceBackend();
                OpenClBackend backend = backend(Tuning.GPU, tile)) {
            assertArrayEquals(
                    product(reference, values, data, storage), product(backend, values, data, storage), 2e-5f);
        }
    }

    private static float[] product(Backend backend, float[] values, WeightData matrix, DType storage) {
        int inputs = (int) matrix.shape().extent(1);
        return backend.linear(
                        backend.tensor(values.length / inputs, inputs, values),
                        backend.linearWeight(List.of(matrix), List.of(), storage),
                        Fusion.NONE)
                .toArray();
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void theFastestTileIsMeasuredOnceAndKept() {
        Tuning tuning = Tuning.of(device);
        DiskCache cache = new DiskCache(folder);
        int[] trials = new int[1];
        TileSelection.Trial trial = (rows, tile) -> trials[0]++;
        Tile first = new TileSelection(device, tuning, cache).of(1000, trial);
        int measured = trials[0];
        assertTrue(measured > 0);
        assertEquals(first, new TileSelection(device, tuning, cache).of(2000, trial));
        assertEquals(measured, trials[0]);
    }

    @Test
    void aDamagedNoteOfTheFastestTileIsMeasuredAgain() throws IOException {
        Tuning tuning = Tuning.of(device);
        TileSelection.Trial trial = (rows, tile) -> {};
        new TileSelection(device, tuning, new DiskCache(folder)).of(1000, trial);
        Files.writeString(files().getFirst(), "4 x");
        TileSelection tiles = new TileSelection(device, tuning, new DiskCache(folder));
        assertTrue(tiles.candidates(TileSelection.Rows.MANY).contains(tiles.of(1000, trial)));
    }

    @Test
    void aTileThatFailsIsPassedOver() {
        Tuning tuning = Tuning.of(device);
        TileSelection tiles = new TileSelection(device, tuning, new DiskCache(folder));
        Tile last = tiles.candidates(TileSelection.Rows.MANY).getLast();
        Tile chosen = tiles.of(1000, (rows, tile) -> {
            if (!tile.equals(last)) {
                throw new FoveaException("too many registers");
            }
        });
        assertEquals(last, chosen);
    }
}
