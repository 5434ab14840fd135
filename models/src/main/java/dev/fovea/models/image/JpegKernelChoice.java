package dev.fovea.models.image;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Decides when the Vector API is worth its start. Until it is compiled it is a hundred times slower than plain loops,
 * and compiling it takes longer than decoding a few pictures. So plain loops decode the first pictures. Programs that
 * decode more get the vector loops, which a separate thread calls until they are compiled. Pixels do not depend on the
 * choice.
 */
final class JpegKernelChoice {
    /**
     * Number of blocks that plain loops decode first, some 85 megapixels in colour: on two cores the preparation takes
     * a second from what else is starting, and a few photographs do not earn that back.
     */
    private static final long PLAIN_BLOCKS = 4_000_000;

    private static final int TRIAL_BATCHES = 60;

    private static final long REST_NANOS = 20_000_000;

    /** Most trials: a compiler that has not made vectors fast by then never does. */
    private static final int MAX_TRIALS = 100;

    /** Number of decoded blocks. It is not exact where threads meet, which matters little. */
    private static volatile long blocksDone;

    private static volatile boolean begun;
    private static volatile boolean vectors;

    private JpegKernelChoice() {}

    /** Returns loops for one picture. */
    static JpegKernels kernels() {
        return vectors ? new JpegVectorKernels() : new JpegPlainKernels();
    }

    /** Counts decoded blocks, and starts to prepare the vector loops when there were enough. */
    static void done(long blocks) {
        if (begun) return;
        synchronized (JpegKernelChoice.class) {
            blocksDone += blocks;
            if (begun || blocksDone < PLAIN_BLOCKS) return;
            begun = true;
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) return;
        Thread trial = new Thread(JpegKernelChoice::prepare, "fovea-jpeg-trial");
        trial.setDaemon(true);
        trial.start();
    }

    /**
     * Calls both sets of loops side by side, so that a busy machine slows both, and rests in between, so that the
     * compiler can work.
     */
    private static void prepare() {
        if (!JpegVectorKernels.fits()) return;
        JpegKernels plain = new JpegPlainKernels();
        JpegKernels vector = new JpegVectorKernels();
        for (int trial = 0; trial < MAX_TRIALS && !vectors; trial++) {
            long plainTime = time(plain);
            long vectorTime = time(vector);
            if (vectorTime < plainTime) vectors = true;
            else LockSupport.parkNanos(Math.max(REST_NANOS, vectorTime));
        }
    }

    private static long time(JpegKernels kernels) {
        JpegBatch batch = new JpegBatch();
        for (int i = 0; i < batch.coefficients.length; i++) batch.coefficients[i] = (short) (i * 37 % 101 - 50);
        Arrays.fill(batch.seen, (byte) 63);
        int width = 8 * JpegBatch.BLOCKS;
        byte[] samples = new byte[8 * width + JpegKernels.MARGIN];
        byte[] wide = new byte[2 * width + 2 * JpegKernels.MARGIN];
        byte[] pixels = new byte[3 * width + JpegKernels.MARGIN];
        long start = System.nanoTime();
        for (int i = 0; i < TRIAL_BATCHES; i++) {
            kernels.transform(batch, JpegBatch.BLOCKS, samples, 0, width);
            kernels.both(samples, 0, 0, width, wide);
            kernels.across(samples, 0, width, wide);
            kernels.yccToRgb(samples, 0, samples, 0, samples, 0, width, pixels, 0);
        }
        return System.nanoTime() - start;
    }
}
