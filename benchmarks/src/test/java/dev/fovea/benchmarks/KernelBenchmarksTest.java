package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark runs once, on small shapes, and counts its work. */
class KernelBenchmarksTest {

    @ParameterizedTest
    @CsvSource({
        "LinearBenchmark, 5x70x33, 12",
        "AttentionBenchmark, 2x7x2x8, 2",
        "RowBenchmark, 5x33, 6",
        "ConvolutionBenchmark, 1x8x4x4x3x1x4, 1"
    })
    void runsOnce(String benchmark, String shape, int expected) throws Exception {
        System.setProperty("jmh.ignoreLock", "true");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("\\." + benchmark + "\\.")
                        .param("shape", shape)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertEquals(expected, results.size());
        for (RunResult result : results) {
            double bytes = result.getSecondaryResults().get("gigabytes").getScore();
            assertTrue(bytes > 0, () -> result.getParams().getBenchmark() + " moves " + bytes + " GB/s");
        }
    }

    @Test
    void linearLayersRunInEveryPrecision() throws Exception {
        System.setProperty("jmh.ignoreLock", "true");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("\\.LinearBenchmark.linear$")
                        .param("shape", "5x70x130")
                        .param("storage", "F32")
                        .param("precision", "F32", "BF16", "INT16", "INT8")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertEquals(4, results.size());
    }

    /** On any machine a vector unit does more than one and less than a thousand GFLOP/s a thread. */
    @Test
    void peakIsPlausible() {
        double peak = PeakProbe.gigaflops(1, 3);
        assertFalse(peak < 1 || peak > 1000, () -> peak + " GFLOP/s");
    }
}
