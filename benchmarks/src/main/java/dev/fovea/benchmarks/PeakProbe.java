package dev.fovea.benchmarks;

import java.util.concurrent.CyclicBarrier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures what the machine can do at most in f32 multiply-adds: every thread runs a loop of nothing but fused
 * multiply-adds on registers.
 *
 * <pre>
 * for i in 0 .. STEPS
 *   for s in 0 .. 20 (or 12)     sum[s] = sum[s] * factor + term
 * </pre>
 *
 * The sums are independent, so that their latency (4 cycles, two units: 8 in flight) is covered more than twice; they
 * start at different values, so that the compiler cannot see them as one, and end in a number that is used, so that it
 * cannot drop them. Into 16 registers (AVX2) 12 sums fit.
 */
final class PeakProbe {

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final boolean MANY_REGISTERS =
            FLOATS.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");
    private static final int STEPS = 2_000;
    private static final double FLOPS_PER_CALL = 2.0 * STEPS * FLOATS.length() * (MANY_REGISTERS ? 20 : 12);
    private static final long SLICE_NANOS = 30_000_000;

    /**
     * The rate in flop/s that tells compiled from interpreted: interpreted, the loop is a hundred times slower than
     * this; compiled, it is faster on any machine with vectors.
     */
    private static final double COMPILED = 4e9;

    private static final int MOST_WARM_SLICES = 300;

    private PeakProbe() {}

    /**
     * Measures the peak of some threads together in GFLOP/s: the best of several slices of 30 ms, since whatever else
     * runs on a machine can only make it slower.
     */
    static double gigaflops(int threads, int slices) {
        double[][] rates = new double[threads][slices];
        float[] results = new float[threads];
        CyclicBarrier start = new CyclicBarrier(threads);
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            int thread = t;
            workers[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < MOST_WARM_SLICES && run(SLICE_NANOS, thread, results) < COMPILED; i++) {}
                for (int slice = 0; slice < slices; slice++) {
                    await(start);
                    rates[thread][slice] = run(SLICE_NANOS, thread, results);
                }
            });
        }
        double best = 0;
        for (Thread worker : workers) {
            join(worker);
        }
        for (int slice = 0; slice < slices; slice++) {
            double sum = 0;
            for (int t = 0; t < threads; t++) {
                sum += rates[t][slice];
            }
            best = Math.max(best, sum);
        }
        for (float result : results) {
            if (Float.isNaN(result)) {
                throw new IllegalStateException("the sums of the probe are no numbers");
            }
        }
        return best / 1e9;
    }

    /** Calls the loop for a while and returns the rate in flop/s. */
    private static double run(long nanos, int thread, float[] results) {
        float x = 1 + results[thread];
        long calls = 0;
        long begin = System.nanoTime();
        long now;
        do {
            x = MANY_REGISTERS ? twenty(x) : twelve(x);
            calls++;
            now = System.nanoTime();
        } while (now - begin < nanos);
        results[thread] = x;
        return calls * FLOPS_PER_CALL / ((now - begin) / 1e9);
    }

    private static float twenty(float x) {
        FloatVector factor = FloatVector.broadcast(FLOATS, 0.9999f);
        FloatVector term = FloatVector.broadcast(FLOATS, 1e-4f * x);
        FloatVector s0 = FloatVector.broadcast(FLOATS, x);
        FloatVector s1 = s0.add(1f);
        FloatVector s2 = s0.add(2f);
        FloatVector s3 = s0.add(3f);
        FloatVector s4 = s0.add(4f);
        FloatVector s5 = s0.add(5f);
        FloatVector s6 = s0.add(6f);
        FloatVector s7 = s0.add(7f);
        FloatVector s8 = s0.add(8f);
        FloatVector s9 = s0.add(9f);
        FloatVector s10 = s0.add(10f);
        FloatVector s11 = s0.add(11f);
        FloatVector s12 = s0.add(12f);
        FloatVector s13 = s0.add(13f);
        FloatVector s14 = s0.add(14f);
        FloatVector s15 = s0.add(15f);
        FloatVector s16 = s0.add(16f);
        FloatVector s17 = s0.add(17f);
        FloatVector s18 = s0.add(18f);
        FloatVector s19 = s0.add(19f);
        for (int i = 0; i < STEPS; i++) {
            s0 = s0.fma(factor, term);
            s1 = s1.fma(factor, term);
            s2 = s2.fma(factor, term);
            s3 = s3.fma(factor, term);
            s4 = s4.fma(factor, term);
            s5 = s5.fma(factor, term);
            s6 = s6.fma(factor, term);
            s7 = s7.fma(factor, term);
            s8 = s8.fma(factor, term);
            s9 = s9.fma(factor, term);
            s10 = s10.fma(factor, term);
            s11 = s11.fma(factor, term);
            s12 = s12.fma(factor, term);
            s13 = s13.fma(factor, term);
            s14 = s14.fma(factor, term);
            s15 = s15.fma(factor, term);
            s16 = s16.fma(factor, term);
            s17 = s17.fma(factor, term);
            s18 = s18.fma(factor, term);
            s19 = s19.fma(factor, term);
        }
        FloatVector a = s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9);
        FloatVector b = s10.add(s11)
                .add(s12)
                .add(s13)
                .add(s14)
                .add(s15)
                .add(s16)
                .add(s17)
                .add(s18)
                .add(s19);
        return a.add(b).lane(0) / 20;
    }

    private static float twelve(float x) {
        FloatVector factor = FloatVector.broadcast(FLOATS, 0.9999f);
        FloatVector term = FloatVector.broadcast(FLOATS, 1e-4f * x);
        FloatVector s0 = FloatVector.broadcast(FLOATS, x);
        FloatVector s1 = s0.add(1f);
        FloatVector s2 = s0.add(2f);
        FloatVector s3 = s0.add(3f);
        FloatVector s4 = s0.add(4f);
        FloatVector s5 = s0.add(5f);
        FloatVector s6 = s0.add(6f);
        FloatVector s7 = s0.add(7f);
        FloatVector s8 = s0.add(8f);
        FloatVector s9 = s0.add(9f);
        FloatVector s10 = s0.add(10f);
        FloatVector s11 = s0.add(11f);
        for (int i = 0; i < STEPS; i++) {
            s0 = s0.fma(factor, term);
            s1 = s1.fma(factor, term);
            s2 = s2.fma(factor, term);
            s3 = s3.fma(factor, term);
            s4 = s4.fma(factor, term);
            s5 = s5.fma(factor, term);
            s6 = s6.fma(factor, term);
            s7 = s7.fma(factor, term);
            s8 = s8.fma(factor, term);
            s9 = s9.fma(factor, term);
            s10 = s10.fma(factor, term);
            s11 = s11.fma(factor, term);
        }
        FloatVector a = s0.add(s1).add(s2).add(s3).add(s4).add(s5);
        FloatVector b = s6.add(s7).add(s8).add(s9).add(s10).add(s11);
        return a.add(b).lane(0) / 12;
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
