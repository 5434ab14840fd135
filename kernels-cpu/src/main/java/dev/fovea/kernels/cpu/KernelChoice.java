package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Finds out which innermost loops are fast on this JVM, and compiles them early.
 *
 * <p>The Vector API is only as good as the compiler below it. Where the module is missing, or the JVM has no intrinsics for it (OpenJ9, some
 * builds of GraalVM), it runs hundreds of times slower than plain loops. Instead of a list of JVMs, a short run decides: the micro-kernel is
 * called on a small problem until it is fast, which takes half a second on a JVM that compiles it, while the caller still reads weights. The
 * run is not lost: it is what makes the first real call fast.
 */
final class KernelChoice {

    /** Without the Vector API: any width will do. */
    private static final int PLAIN_PANEL_COLUMNS = 16;

    /** Depth of the trial product. */
    private static final int DEPTH = 48;

    /** Multiply-adds per nanosecond of the slowest vector units in use, with a margin; boxed vectors reach 0.01, plain loops about 1. */
    private static final double FAST = 1.5;

    /** The compiler has had its chance after so long and so many calls: on a busy machine the one does not say the other. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private static final int PATIENCE_CALLS = 5000;

    /** And after so long in any case. */
    private static final long MOST_NANOS = 60_000_000_000L;

    private final int panelColumns;
    private final CompletableFuture<Kernels> kernels;
    private final long useAllHeightsAfter;

    private KernelChoice(int panelColumns, CompletableFuture<Kernels> kernels, long useAllHeightsAfter) {
        this.panelColumns = panelColumns;
        this.kernels = kernels;
        this.useAllHeightsAfter = useAllHeightsAfter;
    }

    /** A choice that is made already. */
    static KernelChoice of(Kernels kernels) {
        return of(kernels, 0);
    }

    /** The same; all heights of tiles are used only after so many multiply-adds, see {@link TileHeights}. */
    static KernelChoice of(Kernels kernels, long useAllHeightsAfter) {
        return new KernelChoice(kernels.panelColumns(), CompletableFuture.completedFuture(kernels), useAllHeightsAfter);
    }

    /**
     * Begins the trial in a thread of its own.
     *
     * @param warn is told in one line if the loops will be slow
     */
    static KernelChoice begin(Consumer<String> warn) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            warn.accept(
                    "running on plain loops, several times slower than need be: the Vector API is not there; start Java with"
                            + " --add-modules=jdk.incubator.vector");
            return of(new PlainKernels(PLAIN_PANEL_COLUMNS));
        }
        CompletableFuture<Kernels> chosen = new CompletableFuture<>();
        Thread trial = new Thread(() -> choose(chosen, warn), "fovea-cpu-trial");
        trial.setDaemon(true);
        trial.start();
        return new KernelChoice(Simd.PANEL_COLUMNS, chosen, TileHeights.COLD);
    }

    /** Columns of a panel, whatever the choice will be: weights can be packed before it is made. */
    int panelColumns() {
        return panelColumns;
    }

    /** The choice; waits for it. */
    Kernels kernels() {
        return kernels.join();
    }

    /** How tall the tiles of what was chosen are; waits for the choice. */
    TileHeights heights() {
        return new TileHeights(kernels().tallestTile(), useAllHeightsAfter);
    }

    /** What was chosen, or what it will be on any usual JVM. */
    String description() {
        return kernels.isDone() ? kernels().description() : new VectorKernels().description();
    }

    private static void choose(CompletableFuture<Kernels> chosen, Consumer<String> warn) {
        try {
            VectorKernels vectors = new VectorKernels();
            loadClasses(vectors);
            if (becomesFast(vectors)) {
                chosen.complete(vectors);
            } else {
                warn.accept("running on plain loops, several times slower than need be: this JVM ("
                        + System.getProperty("java.vm.name")
                        + ") does not compile the Vector API; use a HotSpot JVM, such as Eclipse Temurin 25");
                chosen.complete(new PlainKernels(Simd.PANEL_COLUMNS));
            }
        } catch (Throwable e) {
            chosen.completeExceptionally(e);
        }
    }

    /** Calls the micro-kernel until a call takes as long as compiled code takes; false if that never happens. */
    private static boolean becomesFast(Kernels kernels) {
        int rows = kernels.tallestTile();
        int width = kernels.panelColumns();
        float[] a = new float[DEPTH * rows];
        long b = Scratch.floats(Scratch.Slot.SUMS, (long) (DEPTH + rows) * width);
        long c = b + (long) DEPTH * width * Float.BYTES;
        Memory.zero(b, (long) (DEPTH + rows) * width);
        double limit = (double) rows * width * DEPTH / FAST;
        long start = System.nanoTime();
        long now = start;
        for (int calls = 0; now - start < (calls < PATIENCE_CALLS ? MOST_NANOS : PATIENCE_NANOS); calls++) {
            long before = now;
            kernels.tile(rows, a, 0, DEPTH, b, DEPTH, Memory.zeros(width), c, (long) width * Float.BYTES, b);
            now = System.nanoTime();
            if (now - before < limit) {
                return true;
            }
        }
        return false;
    }

    /**
     * Calls a loop of every kind once. A class that is loaded later (a mask, another kind of memory) would show the compiler an assumption to be wrong
     * and throw away all that it had compiled until then.
     */
    private static void loadClasses(Kernels kernels) {
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            MemorySegment.copy(confined.allocate(8), 0, shared.allocate(8), 0, 8);
        }
        int count = kernels.panelColumns();
        int odd = count - 3;
        long bytes = (long) count * Float.BYTES;
        long x = Scratch.floats(Scratch.Slot.SUMS, 4L * count);
        long y = x + bytes;
        long z = y + bytes;
        Memory.zero(x, 4L * count);
        for (Activation activation : Activation.values()) {
            kernels.activate(activation, x, count);
        }
        kernels.layerNorm(x, y, y, 1e-5f, z, odd);
        kernels.exp(x, 1, 0, odd);
        kernels.add(x, bytes, y, bytes, z, bytes, 1, odd);
        kernels.multiply(x, y, z, odd);
        kernels.sumOfProducts(new long[] {x}, new long[] {y}, 1, z, z, odd);
        float[] tile = new float[PackedTile.FOUR * count];
        kernels.pack(x, bytes, 1, tile, 0, PackedTile.FOUR, count, count);
        kernels.packColumns(x, bytes, 1, tile, 0, PackedTile.FOUR, 1, PackedTile.FOUR);
    }
}
