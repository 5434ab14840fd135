package dev.fovea.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Counts what a benchmark's calls amount to; JMH divides by the time, so the results read GFLOP/s and GB/s. Bytes are
 * those that must move at least: every operand once, weights as they are stored.
 */
@State(Scope.Thread)
@AuxCounters
public class Counts {

    /** Floating-point operations, in units of 10^9; a multiply-add is two. */
    public double gigaflops;

    /** Bytes, in units of 10^9. */
    public double gigabytes;

    void flops(double flops) {
        gigaflops += flops / 1e9;
    }

    void bytes(double bytes) {
        gigabytes += bytes / 1e9;
    }
}
