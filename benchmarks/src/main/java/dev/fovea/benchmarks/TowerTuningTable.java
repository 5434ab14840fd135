package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.Picture;
import dev.fovea.training.Augmentation;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.FullOptions;
import dev.fovea.training.FullTuning;
import dev.fovea.training.LabelledPictures;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.LoraTuning;
import dev.fovea.training.TuningMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Compares learning rates and numbers of epochs of the methods that train inside the towers: accuracy on held-out
 * pictures and processor time, mean and standard deviation over seeds that draw the pictures to learn from; with a
 * folder of other classes also the zero-shot accuracy on those, which is told by their names alone.
 *
 * <pre>benchmarks/run tower-tuning PICTURES TEMPLATE lora|full --rates R,... --epochs N,... [--keep OTHER]</pre>
 */
@Command(name = "tower-tuning", description = "Compare rates and epochs of tuning a CLIP inside its towers.")
public final class TowerTuningTable implements Runnable {

    /** Most pictures of a class that are tested. */
    private static final int MOST_TESTED = 60;

    @Parameters(index = "0", description = "A folder with a sub-folder of pictures for each class.")
    private Path pictures;

    @Parameters(index = "1", description = "What the names of the classes are put into, such as \"the digit {}\".")
    private String template;

    @Parameters(index = "2", description = "lora or full.")
    private String method;

    @Option(names = "--model", description = "A CLIP (default: clip-mini).")
    private String model = "clip-mini";

    @Option(names = "--rates", split = ",", description = "Learning rates (default: the suggested one).")
    private List<Double> rates = List.of();

    @Option(names = "--epochs", split = ",", description = "Numbers of epochs, without patience (default: suggested).")
    private List<Integer> epochs = List.of();

    @Option(names = "--seeds", description = "How often pictures are drawn (default: 3).")
    private int seeds = 3;

    @Option(names = "--first-seed", description = "The first draw, to go on with later ones (default: 0).")
    private int firstSeed;

    @Option(names = "--shots", description = "Pictures of each class to learn from (default: 16).")
    private int shots = 16;

    @Option(names = "--validation", description = "Pictures of each class to choose the epoch by (default: 4).")
    private int validation = 4;

    @Option(names = "--keep", description = "A folder of other classes, to measure what is forgotten.")
    private Path keep;

    @Option(
            names = "--keep-template",
            description = "What the names of the other classes are put into (default: a {}).")
    private String keepTemplate = "a {}";

    @Option(names = "--augment", description = "How pictures are changed when they are learned (default: none).")
    private String augment = "none";

    @Option(names = "--dropout", description = "The share of inputs that lora leaves out (default: 0).")
    private double dropout;

    private ShotDraw draw;
    private ShotDraw kept;
    private final Map<Path, Picture> read = new HashMap<>();

    /** Runs the comparison. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TowerTuningTable()).execute(arguments));
    }

    /** How one training is done; NaN and 0 take what is suggested. */
    private record Setting(double rate, int epochs) {

        private LoraOptions lora(Path model, int examples) {
            LoraOptions options = LoraOptions.suggested(model, examples);
            options = Double.isNaN(rate) ? options : options.withRate(rate);
            return epochs == 0 ? options : options.withEpochs(epochs).withPatience(0);
        }

        private FullOptions full(Path model, int examples) {
            FullOptions options = FullOptions.suggested(model, examples);
            options = Double.isNaN(rate) ? options : options.withRate(rate);
            return epochs == 0 ? options : options.withEpochs(epochs).withPatience(0);
        }

        @Override
        public String toString() {
            return (Double.isNaN(rate) ? "suggested rate" : "rate " + rate) + ", "
                    + (epochs == 0 ? "suggested epochs" : epochs + " epochs");
        }
    }

    @Override
    public void run() {
        draw = ShotDraw.of(pictures, shots, validation);
        System.out.println("| | accuracy, % | seconds |\n|---|---|---|");
        try (Clip clip = Clip.load(model)) {
            System.out.printf(
                    "| zero-shot | %.1f | |%n",
                    100 * accuracy(clip, draw, draw.draw(0).get(2)));
            if (keep != null) {
                kept = ShotDraw.of(keep, 0, 0);
                System.out.printf("| zero-shot, other classes | %.1f | |%n", 100 * accuracy(clip, kept));
            }
        }
        for (double rate : rates.isEmpty() ? List.of(Double.NaN) : rates) {
            for (int number : epochs.isEmpty() ? List.of(0) : epochs) {
                measure(new Setting(rate, number));
            }
        }
    }

    private void measure(Setting setting) {
        double[] accuracy = new double[seeds];
        double[] others = new double[seeds];
        double[] seconds = new double[seeds];
        for (int i = 0; i < seeds; i++) {
            int seed = firstSeed + i;
            double start = ShotDraw.processorSeconds();
            List<List<Integer>> parts = draw.draw(seed);
            Path tuned = tuned(setting, parts, seed);
            seconds[i] = ShotDraw.processorSeconds() - start;
            try (Clip clip = Clip.load(tuned)) {
                accuracy[i] = 100 * accuracy(clip, draw, parts.get(2));
                others[i] = kept == null ? Double.NaN : 100 * accuracy(clip, kept);
            }
            System.err.printf(
                    "%s, %s, draw %d: %.1f, others %.1f, %.1f s%n",
                    method, setting, seed, accuracy[i], others[i], seconds[i]);
        }
        ShotDraw.line(method + ", " + setting, accuracy, seconds);
        if (kept != null) {
            ShotDraw.line(method + ", " + setting + ", other classes", others, seconds);
        }
    }

    private double accuracy(Clip clip, ShotDraw other) {
        return accuracy(clip, other, other.draw(0).get(2));
    }

    /** Returns the zero-shot accuracy on pictures of a draw, of each class at most some. */
    private double accuracy(Clip clip, ShotDraw from, List<Integer> indices) {
        LabelledPictures test = pictures(from, indices, MOST_TESTED);
        Examples embedded = new Examples(clip.embedAll(test.pictures()), test.classes());
        return FeatureTuning.of(
                        clip, from.labels(), PromptTemplates.of(List.of(from == kept ? keepTemplate : template)))
                .zeroShotAccuracy(TuningMethod.PROBE, embedded);
    }

    /** Trains, and returns the folder that was written. */
    private Path tuned(Setting setting, List<List<Integer>> parts, int seed) {
        LabelledPictures training = pictures(draw, parts.get(0), Integer.MAX_VALUE);
        LabelledPictures held = pictures(draw, parts.get(1), Integer.MAX_VALUE);
        PromptTemplates templates = PromptTemplates.of(List.of(template));
        LoadOptions load = LoadOptions.DEFAULTS;
        Path folder;
        try (Clip clip = Clip.load(model)) {
            folder = clip.folder();
        }
        Path out = temporary();
        if (method.equals("full")) {
            FullOptions options =
                    setting.full(folder, training.size()).withSeed(seed).withAugmentation(Augmentation.of(augment));
            FullTuning.of(folder, load, draw.labels(), templates)
                    .tune(options, training, held, done -> {})
                    .save(out);
        } else {
            LoraOptions options = setting.lora(folder, training.size())
                    .withSeed(seed)
                    .withAugmentation(Augmentation.of(augment))
                    .withDropout(dropout);
            LoraTuning.of(folder, load, draw.labels(), templates)
                    .tune(options, training, held, done -> {})
                    .save(out);
        }
        return out;
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("tuning").resolve("out");
        } catch (IOException e) {
            throw new IllegalStateException("no temporary folder", e);
        }
    }

    /** Returns pictures of some indices, of each class at most some, the first of the draw. */
    private LabelledPictures pictures(ShotDraw from, List<Integer> indices, int most) {
        int[] count = new int[from.labels().size()];
        List<Integer> chosen =
                indices.stream().filter(i -> count[from.classes()[i]]++ < most).toList();
        return new LabelledPictures(
                chosen.stream()
                        .map(from.files()::get)
                        .map(file -> read.computeIfAbsent(file, Picture::read))
                        .toList(),
                chosen.stream().mapToInt(i -> from.classes()[i]).toArray());
    }
}
