package dev.fovea.benchmarks;

import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the JMH benchmarks of this package and sets their operations a second beside the f32 peak of the machine,
 * measured before and after. Takes JMH's own options: a regular expression for names, {@code -p shape=50x3072x768 -p
 * storage=F32} for parameters and so on.
 */
public final class KernelBenchmarks {

    private static final int PEAK_SLICES = 30;

    private KernelBenchmarks() {}

    public static void main(String[] arguments) throws Exception {
        CommandLineOptions given = new CommandLineOptions(arguments);
        if (given.shouldHelp()) {
            given.showHelp();
            return;
        }
        int threads = threads(given);
        double before = PeakProbe.gigaflops(threads, PEAK_SLICES);
        Collection<RunResult> results = new Runner(options(given)).run();
        double after = PeakProbe.gigaflops(threads, PEAK_SLICES);
        print(results, threads, before, after);
    }

    /** Completes the user's options. JMH's defaults would take hours; what the user says wins. */
    private static Options options(CommandLineOptions given) {
        return new OptionsBuilder()
                .parent(given)
                .forks(given.getForkCount().orElse(1))
                .warmupIterations(given.getWarmupIterations().orElse(4))
                .warmupTime(given.getWarmupTime().orElse(TimeValue.milliseconds(500)))
                .measurementIterations(given.getMeasurementIterations().orElse(5))
                .measurementTime(given.getMeasurementTime().orElse(TimeValue.milliseconds(500)))
                .build();
    }

    private static int threads(CommandLineOptions given) {
        var asked = given.getParameter("threads");
        int threads = asked.hasValue() ? Integer.parseInt(asked.get().iterator().next()) : 0;
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private static void print(Collection<RunResult> results, int threads, double before, double after) {
        double peak = Math.max(before, after);
        System.out.printf(
                Locale.ROOT,
                "%nPeak of %d threads in f32: %.0f GFLOP/s (%.0f before, %.0f after); shares are of the larger.%n%n",
                threads,
                peak,
                before,
                after);
        System.out.printf("%-64s %12s %10s %8s %8s%n", "benchmark", "us/call", "Gop/s", "of peak", "GB/s");
        for (RunResult result : results) {
            double flops = secondary(result, "gigaflops");
            System.out.printf(
                    Locale.ROOT,
                    "%-64s %12.1f %10s %8s %8.1f%n",
                    name(result),
                    1e6 / result.getPrimaryResult().getScore(),
                    flops == 0 ? "" : String.format(Locale.ROOT, "%.1f", flops),
                    flops == 0 ? "" : String.format(Locale.ROOT, "%.0f%%", 100 * flops / peak),
                    secondary(result, "gigabytes"));
        }
    }

    private static double secondary(RunResult result, String counter) {
        Result<?> found = result.getSecondaryResults().get(counter);
        return found == null ? 0 : found.getScore();
    }

    private static String name(RunResult result) {
        StringBuilder name = new StringBuilder(result.getPrimaryResult().getLabel());
        for (String parameter : result.getParams().getParamsKeys()) {
            if (!parameter.equals("device") && !parameter.equals("threads")) {
                name.append(' ').append(result.getParams().getParam(parameter));
            }
        }
        return name.toString();
    }
}
