package dev.fovea.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.TunedClip;
import dev.fovea.training.TuningMethod;
import dev.fovea.training.TuningOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Compares the ways to tune on features: accuracy on held-out pictures and processor time after the features, mean and
 * standard deviation over seeds that draw the pictures to learn from.
 *
 * <pre>benchmarks/run tuning PICTURES TEMPLATE [--model M] [--seeds N] [--shots N] [--validation N]</pre>
 */
@Command(name = "tuning", description = "Compare the ways to tune a CLIP on features.")
public final class TuningTable implements Runnable {

    @Parameters(index = "0", description = "A folder with a sub-folder of pictures for each class.")
    private Path pictures;

    @Parameters(index = "1", description = "What the names of the classes are put into, such as \"the digit {}\".")
    private String template;

    @Option(names = "--model", description = "A CLIP (default: clip-mini).")
    private String model = "clip-mini";

    @Option(names = "--seeds", description = "How often pictures are drawn (default: 10).")
    private int seeds = 10;

    @Option(names = "--shots", description = "Pictures of each class to learn from (default: 16).")
    private int shots = 16;

    @Option(names = "--validation", description = "Pictures of each class to choose settings by (default: 4).")
    private int validation = 4;

    /** Runs the comparison. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TuningTable()).execute(arguments));
    }

    @Override
    public void run() {
        List<String> labels = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        List<Integer> classes = new ArrayList<>();
        for (Path folder : children(pictures)) {
            children(folder).forEach(file -> {
                files.add(file);
                classes.add(labels.size());
            });
            labels.add(folder.getFileName().toString().replace('_', ' '));
        }
        int[] indices = classes.stream().mapToInt(Integer::intValue).toArray();
        try (Clip clip = Clip.load(model)) {
            FeatureTuning tuning = FeatureTuning.of(clip, labels, PromptTemplates.of(List.of(template)));
            Map<Boolean, Examples> features = Map.of(
                    false, read(clip, TuningMethod.PROBE, files, indices),
                    true, read(clip, TuningMethod.PROLIP, files, indices));
            System.out.println("| | accuracy, % | seconds |\n|---|---|---|");
            double[] zeroShot = new double[seeds];
            Map<TuningMethod, double[][]> results = new EnumMap<>(TuningMethod.class);
            for (TuningMethod method : TuningMethod.values()) {
                results.put(method, new double[2][seeds]);
            }
            for (int seed = 0; seed < seeds; seed++) {
                List<List<Integer>> parts = draw(indices, labels.size(), new Random(seed));
                for (TuningMethod method : TuningMethod.values()) {
                    Examples all = features.get(method == TuningMethod.PROLIP);
                    List<Examples> sets =
                            parts.stream().map(part -> part(all, part)).toList();
                    double start = processorSeconds();
                    TunedClip tuned = tuning.tune(TuningOptions.of(method).withSeed(seed), sets.get(0), sets.get(1));
                    results.get(method)[1][seed] = processorSeconds() - start;
                    results.get(method)[0][seed] = 100 * tuned.accuracy(sets.get(2));
                    if (method == TuningMethod.PROBE) {
                        zeroShot[seed] = 100 * tuning.zeroShotAccuracy(method, sets.get(2));
                    }
                }
            }
            line("zero-shot", zeroShot, new double[seeds]);
            results.forEach((method, values) -> line(method.toString(), values[0], values[1]));
        }
    }

    private static void line(String name, double[] accuracy, double[] seconds) {
        double mean = mean(accuracy);
        double squares = 0;
        for (double value : accuracy) {
            squares += (value - mean) * (value - mean);
        }
        double deviation = accuracy.length < 2 ? 0 : Math.sqrt(squares / (accuracy.length - 1));
        System.out.printf(Locale.ROOT, "| %s | %.1f ± %.1f | %.1f |%n", name, mean, deviation, mean(seconds));
    }

    private static double mean(double[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElse(Double.NaN);
    }

    private static double processorSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    /** Returns indices of pictures to learn from, to choose settings by, and all others. */
    private List<List<Integer>> draw(int[] classes, int count, Random random) {
        List<List<Integer>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int k = 0; k < count; k++) {
            int wanted = k;
            List<Integer> own = new ArrayList<>(IntStream.range(0, classes.length)
                    .filter(i -> classes[i] == wanted)
                    .boxed()
                    .toList());
            Collections.shuffle(own, random);
            parts.get(0).addAll(own.subList(0, shots));
            parts.get(1).addAll(own.subList(shots, shots + validation));
            parts.get(2).addAll(own.subList(shots + validation, own.size()));
        }
        return parts;
    }

    private static Examples part(Examples all, List<Integer> indices) {
        int[] classes = all.classes();
        return new Examples(
                indices.stream().map(all.features()::get).toList(),
                indices.stream().mapToInt(i -> classes[i]).toArray());
    }

    private static Examples read(Clip clip, TuningMethod method, List<Path> files, int[] classes) {
        return Examples.read(clip, method, files, classes, outcome -> {
            throw new IllegalArgumentException(outcome.file() + " cannot be read", outcome.error());
        });
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + " cannot be listed", e);
        }
    }
}
