package dev.fovea.benchmarks;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.TunedClip;
import dev.fovea.training.TuningMethod;
import dev.fovea.training.TuningOptions;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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

    @Option(names = "--keep", description = "A folder of other classes, to measure what prolip forgets.")
    private Path keep;

    @Option(
            names = "--keep-template",
            description = "What the names of the other classes are put into (default: a {}).")
    private String keepTemplate = "a {}";

    /** Runs the comparison. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TuningTable()).execute(arguments));
    }

    @Override
    public void run() {
        ShotDraw draw = ShotDraw.of(pictures, shots, validation);
        List<String> labels = draw.labels();
        try (Clip clip = Clip.load(model)) {
            FeatureTuning tuning = FeatureTuning.of(clip, labels, PromptTemplates.of(List.of(template)));
            Map<Boolean, Examples> features = Map.of(
                    false, read(clip, TuningMethod.PROBE, draw),
                    true, read(clip, TuningMethod.PROLIP, draw));
            System.out.println("| | accuracy, % | seconds |\n|---|---|---|");
            double[] zeroShot = new double[seeds];
            ShotDraw kept = keep == null ? null : ShotDraw.of(keep, 0, 0);
            FeatureTuning others = kept == null
                    ? null
                    : FeatureTuning.of(clip, kept.labels(), PromptTemplates.of(List.of(keepTemplate)));
            Examples ofOthers = kept == null ? null : read(clip, TuningMethod.PROLIP, kept);
            double[] forgotten = new double[seeds];
            Map<TuningMethod, double[][]> results = new EnumMap<>(TuningMethod.class);
            for (TuningMethod method : TuningMethod.values()) {
                results.put(method, new double[2][seeds]);
            }
            for (int seed = 0; seed < seeds; seed++) {
                List<List<Integer>> parts = draw.draw(seed);
                for (TuningMethod method : TuningMethod.values()) {
                    Examples all = features.get(method == TuningMethod.PROLIP);
                    List<Examples> sets =
                            parts.stream().map(part -> part(all, part)).toList();
                    double start = ShotDraw.processorSeconds();
                    TunedClip tuned = tuning.tune(TuningOptions.of(method).withSeed(seed), sets.get(0), sets.get(1));
                    results.get(method)[1][seed] = ShotDraw.processorSeconds() - start;
                    results.get(method)[0][seed] = 100 * tuned.accuracy(sets.get(2));
                    if (method == TuningMethod.PROLIP && others != null) {
                        forgotten[seed] = 100 * tuned.zeroShotAccuracy(others, ofOthers);
                    }
                    if (method == TuningMethod.PROBE) {
                        zeroShot[seed] = 100 * tuning.zeroShotAccuracy(method, sets.get(2));
                    }
                }
            }
            ShotDraw.line("zero-shot", zeroShot, new double[seeds]);
            results.forEach((method, values) -> ShotDraw.line(method.toString(), values[0], values[1]));
            if (others != null) {
                double before = 100 * others.zeroShotAccuracy(TuningMethod.PROLIP, ofOthers);
                System.out.printf("| zero-shot, other classes | %.1f | |%n", before);
                ShotDraw.line("prolip, other classes", forgotten, new double[seeds]);
            }
        }
    }

    private static Examples part(Examples all, List<Integer> indices) {
        int[] classes = all.classes();
        return new Examples(
                indices.stream().map(all.features()::get).toList(),
                indices.stream().mapToInt(i -> classes[i]).toArray());
    }

    private static Examples read(Clip clip, TuningMethod method, ShotDraw draw) {
        return Examples.read(clip, method, draw.files(), draw.classes(), outcome -> {
            throw new IllegalArgumentException(outcome.file() + " cannot be read", outcome.error());
        });
    }
}
