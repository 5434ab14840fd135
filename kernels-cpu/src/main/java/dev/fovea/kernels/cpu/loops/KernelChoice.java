package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Finds out which innermost loops are fast on this JVM, and compiles early what has to be compiled.
 *
 * <p>Machine code needs neither a compiler nor a module, so where there is some for this processor it is taken.
 *
 * <p>Elsewhere loops run on the Vector API, which is only as good as the compiler below it. Where the module is
 * missing, or the JVM has no intrinsics for it (OpenJ9, some builds of GraalVM), it runs hundreds of times slower than
 * plain loops, which give other last digits. So the choice rests on what is known of the compiler ({@link
 * VectorCompiler}) and never on the clock: the same JVM with the same flags gives the same bits, however busy the
 * machine is. The micro-kernel is called on a small problem until it is fast, which takes half a second, while the
 * caller still reads weights; the choice waits for it. Where nothing is known of the compiler, the code that it made
 * meanwhile decides.
 */
public final class KernelChoice {

    /** Without the Vector API: any width will do. */
    private static final int PLAIN_PANEL_COLUMNS = 16;

    /** Depth of the trial product. */
    private static final int DEPTH = 48;

    /**
     * Multiply-adds per nanosecond of the slowest vector units in use, with a margin; boxed vectors reach 0.01, plain
     * loops about 1. A call as fast as that is surely compiled; a slower one says nothing.
     */
    private static final double FAST = 1.5;

    /** After so long the first real calls may as well wait for the compiler themselves. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /** Calls after which an unknown compiler has had its chance. */
    private static final int PATIENCE_CALLS = 10_000;

    private final int panelColumns;
    private final CompletableFuture<Kernels> kernels;
    private final long useAllHeightsAfter;

    private KernelChoice(int panelColumns, CompletableFuture<Kernels> kernels, long useAllHeightsAfter) {
        this.panelColumns = panelColumns;
        this.kernels = kernels;
        this.useAllHeightsAfter = useAllHeightsAfter;
    }

    /** Returns a choice that is made already. */
    public static KernelChoice of(Kernels kernels) {
        return of(kernels, 0);
    }

    /**
     * Returns a choice that is made already. All heights of tiles are used only after {@code useAllHeightsAfter}
     * multiply-adds, see {@link TileHeights}.
     */
    public static KernelChoice of(Kernels kernels, long useAllHeightsAfter) {
        return new KernelChoice(kernels.panelColumns(), CompletableFuture.completedFuture(kernels), useAllHeightsAfter);
    }

    /**
     * Begins to choose in a thread of its own.
     *
     * @param warn is told in one line if the loops will be slow
     */
    public static KernelChoice begin(Consumer<String> warn) {
        if (MachineLoops.areThere()) {
            return begin(MachineLoops.panelColumnsHere(), 0, warn);
        }
        String problem = problem();
        if (problem == null) {
            return begin(Simd.PANEL_COLUMNS, TileHeights.COLD, warn);
        }
        warn.accept(problem);
        return of(new PlainKernels(PLAIN_PANEL_COLUMNS));
    }

    private static KernelChoice begin(int panelColumns, long useAllHeightsAfter, Consumer<String> warn) {
        KernelChoice choice = new KernelChoice(panelColumns, new CompletableFuture<>(), useAllHeightsAfter);
        Thread trial = new Thread(() -> choice.choose(warn), "fovea-cpu-trial");
        trial.setDaemon(true);
        trial.start();
        return choice;
    }

    /** Returns why the Vector API cannot be used, as far as that is known at once, or null. */
    private static String problem() {
        if (!isVectorApiThere()) {
            return "running on plain loops, several times slower than need be: there is no machine code for this"
                    + " processor, and the Vector API is not there; start Java with"
                    + " --add-modules=jdk.incubator.vector";
        }
        return VectorCompiler.asDescribed() == VectorCompiler.Answer.NO ? notCompiled() : null;
    }

    private static boolean isVectorApiThere() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    private static String notCompiled() {
        return "running on plain loops, several times slower than need be: this JVM ("
                + System.getProperty("java.vm.name") + ", " + System.getProperty("java.vm.info")
                + ") does not compile the Vector API; use a HotSpot JVM, such as Eclipse Temurin 25, without -Xint"
                + " and -XX:TieredStopAtLevel";
    }

    /** Returns what {@link #begin} would choose on this JVM, for people; without a trial. */
    public static String usual() {
        if (MachineLoops.areThere()) {
            return MachineLoops.usual();
        }
        Kernels kernels = problem() == null ? new VectorKernels() : new PlainKernels(PLAIN_PANEL_COLUMNS);
        return kernels.description();
    }

    /** Returns the columns of a panel, whatever the choice will be: weights can be packed before it is made. */
    public int panelColumns() {
        return panelColumns;
    }

    /** Returns the choice; waits for it. */
    public Kernels kernels() {
        return kernels.join();
    }

    /** Does something as soon as the choice is made, in a thread that is not waited for. */
    public void whenChosen(Runnable work) {
        kernels.thenRun(work);
    }

    /** Returns how tall the tiles of what was chosen are; waits for the choice. */
    public TileHeights heights() {
        return new TileHeights(kernels().tallestTile(), useAllHeightsAfter);
    }

    /** Returns what was chosen, or what it will be on any usual JVM. */
    public String description() {
        return kernels.isDone() ? kernels().description() : usual();
    }

    private void choose(Consumer<String> warn) {
        try {
            Kernels machine = MachineLoops.here();
            kernels.complete(machine != null ? machine : chooseCompiled(warn));
        } catch (Throwable e) {
            kernels.completeExceptionally(e);
        }
    }

    /** Returns the Vector API's loops once they are compiled, or else plain ones. */
    private Kernels chooseCompiled(Consumer<String> warn) {
        String problem = problem();
        if (problem == null) {
            Kernels vectors = new VectorKernels();
            if (vectors.panelColumns() == panelColumns && VectorCompiler.asFlagged() != VectorCompiler.Answer.NO) {
                loadClasses(vectors);
                if (isCompiled(vectors)) {
                    return vectors;
                }
            }
            problem = notCompiled();
        }
        warn.accept(problem);
        return new PlainKernels(panelColumns);
    }

    /**
     * Calls the micro-kernel until a call takes as long as compiled code takes. If that does not happen soon, what is
     * known of the compiler decides, however long it took.
     */
    private static boolean isCompiled(Kernels kernels) {
        int rows = kernels.tallestTile();
        int width = kernels.panelColumns();
        float[] a = new float[DEPTH * rows];
        long b = Scratch.floats(Scratch.Slot.SUMS, (long) (DEPTH + rows) * width);
        long c = b + (long) DEPTH * width * Float.BYTES;
        Memory.zero(b, (long) (DEPTH + rows) * width);
        Runnable call =
                () -> kernels.tile(rows, a, 0, DEPTH, b, DEPTH, Memory.zeros(width), c, (long) width * Float.BYTES, b);
        double limit = (double) rows * width * DEPTH / FAST;
        VectorCompiler.Answer known = VectorCompiler.asDescribed();
        long start = System.nanoTime();
        long now = start;
        for (int calls = 0; isPatient(known, calls, now - start); calls++) {
            long before = now;
            call.run();
            now = System.nanoTime();
            if (now - before < limit) {
                return true;
            }
        }
        return switch (VectorCompiler.asFlagged()) {
            case YES -> true;
            case NO -> false;
            case UNKNOWN -> VectorCompiler.makesNoObjects(call);
        };
    }

    /**
     * Returns whether to continue calling. With a known compiler the calls only warm it up, so time counts; with an
     * unknown one their number does.
     */
    private static boolean isPatient(VectorCompiler.Answer known, int calls, long nanos) {
        return known == VectorCompiler.Answer.YES ? nanos < PATIENCE_NANOS : calls < PATIENCE_CALLS;
    }

    /**
     * Calls a loop of every kind once. A class that is loaded later (a mask, another kind of memory) would show the
     * compiler an assumption to be wrong and throw away all that it had compiled until then.
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
        kernels.dots(x, y, bytes, 2, odd, z);
        kernels.sumOfProducts(new long[] {x}, new long[] {y}, 1, z, z, odd);
        float[] tile = new float[PackedTile.FOUR * count];
        kernels.pack(x, bytes, 1, tile, 0, PackedTile.FOUR, count, count);
        kernels.packColumns(x, bytes, 1, tile, 0, PackedTile.FOUR, 1, PackedTile.FOUR);
    }
}
