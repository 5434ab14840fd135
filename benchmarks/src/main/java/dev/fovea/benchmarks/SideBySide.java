package dev.fovea.benchmarks;

import dev.fovea.models.WeightType;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Times Fovea and the peers on the same weights, inputs and threads, in turns: every round asks each of them for a few
 * runs, so that whatever happens to the machine happens to all. Everyone's answers are compared with PyTorch's, Fovea's
 * before anything is timed.
 */
@Command(
        name = "side-by-side",
        description =
                "Times Fovea beside the peers on CLIP, BLIP and Florence-2 folders and prints a table of medians.",
        sortOptions = false)
public final class SideBySide implements Callable<Integer> {

    private static final int PEAK_SLICES = 30;

    private static final List<String> CLIP_WORKS =
            List.of("image-1", "image-16", "text-full", "text-usual", "labels-1000-trimmed");
    private static final List<String> PICTURE_WORKS = List.of("image-1", "image-16");
    private static final List<String> CLIP_PEERS = List.of("onnxruntime", "openvino");
    private static final List<String> BLIP_WORKS =
            List.of("tower-1", "generate-1", "generate-20", "generate-20-beams-3");
    private static final List<String> BLIP_PEERS = List.of("torch", "onnxruntime");
    private static final List<String> FLORENCE_WORKS = List.of("tower-1", "generate-1-beams-3", "generate-32-beams-3");
    private static final List<String> ALL_PEERS = List.of("torch", "onnxruntime", "openvino");

    private static final String LEGEND = """
            Median (least) in ms; *to the best peer*: median over the best peer's median; *of peak*: the multiply-adds \
            that Fovea
            computes over its median and the probe's peak; *difference*: the largest from PyTorch's answer, of anybody.
            """;

    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "Hugging Face folders of CLIP and its kin, BLIP captioners or Florence-2.")
    private List<Path> models;

    @Option(names = "--works", split = ",", paramLabel = "WORK", description = "Default: the usual ones of the model.")
    private List<String> works;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "PEER",
            description =
                    "Default: onnxruntime,openvino for CLIP, torch,onnxruntime for BLIP, all three for Florence-2.")
    private List<String> peers;

    @Option(
            names = "--precisions",
            split = ",",
            paramLabel = "PRECISION",
            description = {
                "f32, bf16, int16, int8: everyone takes part once in each that he has.",
                "Default: f32. With others, PyTorch takes part by default."
            })
    private List<Precision> precisions = List.of(Precision.F32);

    @Option(names = "--no-peers", description = "Fovea alone, on inputs that the peers have written before.")
    private boolean alone;

    @Option(names = "--rounds", description = "Turns of everyone; at most 2 for labels. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(names = "--runs", description = "Timed runs of a turn; 1 for labels. Default: ${DEFAULT-VALUE}.")
    private int runs = 4;

    @Option(
            names = "--warm",
            paramLabel = "SECONDS",
            description = "How long Fovea warms up before the first timed run of a work. Default: 4, for texts 6.")
    private Double warm;

    @Option(names = "--threads", description = "Threads of everyone. Default: ${DEFAULT-VALUE}.")
    private int threads = 2;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Lets Fovea take part on another device, too, such as opencl.")
    private String device;

    @Option(names = "--python", description = "Python with the peers. Default: ${DEFAULT-VALUE}.")
    private String python = ".build/peers/bin/python";

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "The peers' exported models. Default: ${DEFAULT-VALUE}.")
    private Path cache = Path.of(".build/peers-cache");

    @Option(names = "--markdown", paramLabel = "FILE", description = "Also append the tables to this file.")
    private Path markdown;

    @Option(names = "--help", usageHelp = true, description = "Show this.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private double peak;

    private SideBySide() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** Returns the command, which complains in one line. */
    static CommandLine commandLine() {
        return OneLineErrors.of(new SideBySide(), "side-by-side");
    }

    @Override
    public Integer call() throws IOException {
        StringBuilder report = new StringBuilder();
        for (Path model : models) {
            report.append(measure(model));
        }
        if (markdown != null) {
            Files.writeString(markdown, report, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        return 0;
    }

    private String measure(Path model) {
        String kind = ConfigFile.of(model).text("model_type", "");
        boolean florence = kind.startsWith("florence");
        boolean generator = florence || kind.equals("blip");
        List<String> usualWorks =
                florence ? FLORENCE_WORKS : generator ? BLIP_WORKS : kind.equals("clip") ? CLIP_WORKS : PICTURE_WORKS;
        List<String> f32Peers = florence ? ALL_PEERS : generator ? BLIP_PEERS : CLIP_PEERS;
        List<String> askedPeers = peers != null ? peers : isF32() ? f32Peers : ALL_PEERS;
        List<Work> asked =
                (works != null ? works : usualWorks).stream().map(Work::named).toList();
        NativePrecisions ours = NativePrecisions.among(precisions);
        Path modelCache = cache.resolve(model.toAbsolutePath().normalize().getFileName());
        List<Contestant> contestants = new ArrayList<>();
        try {
            if (!alone) {
                addPeers(contestants, askedPeers, model, generator, modelCache);
            }
            ToDoubleFunction<Work> flops = work -> Double.NaN;
            String backend;
            if (generator) {
                backend = addGenerators(contestants, model, florence, modelCache, ours.present());
            } else {
                PeerInputs inputs = PeerInputs.read(modelCache);
                for (int i = 0; i < ours.present().size(); i++) {
                    Precision precision = ours.present().get(i);
                    contestants.add(i, new FoveaContestant(model, inputs, threads, Backends.DEFAULT, precision, warm));
                }
                FoveaContestant fovea = (FoveaContestant) contestants.getFirst();
                backend = fovea.backend();
                if (device != null) {
                    contestants.add(new FoveaContestant(model, inputs, threads, device, Precision.F32, warm));
                }
                if (kind.equals("clip")) {
                    flops = new Effort(ClipConfig.load(model), inputs)::flops;
                }
            }
            Results results =
                    new Results(contestants.stream().map(Contestant::entrant).toList());
            probe();
            for (Work work : asked) {
                measure(work, contestants, results);
                probe();
            }
            String remarks = ours.remark()
                    + contestants.stream().map(Contestant::remarks).collect(Collectors.joining());
            String table = isF32() ? results.table(flops, peak) : new PrecisionTable(results).table();
            String report =
                    heading(model, backend, asked) + "\n" + table + "\n" + (remarks.isEmpty() ? "" : remarks + "\n");
            spec.commandLine().getOut().print(report);
            spec.commandLine().getOut().flush();
            return report;
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    private boolean isF32() {
        return precisions.stream().allMatch(precision -> precision == Precision.F32);
    }

    private void addPeers(
            List<Contestant> contestants, List<String> names, Path model, boolean generator, Path modelCache) {
        Path script = Path.of("benchmarks/peers/" + (generator ? "generator" : "clip") + "_peers.py");
        for (String peer : names) {
            for (Precision precision : precisions.stream().distinct().toList()) {
                if (Peer.has(peer, precision)) {
                    contestants.add(new Peer(peer, precision, python, script, model, modelCache, threads));
                }
            }
        }
    }

    /** Adds Fovea, in f32 also with int8 weights that are widened, and says what computes. */
    private String addGenerators(
            List<Contestant> contestants, Path model, boolean florence, Path modelCache, List<Precision> ours) {
        for (int i = 0; i < ours.size(); i++) {
            contestants.add(
                    i,
                    new GeneratorContestant(
                            model,
                            florence,
                            modelCache,
                            threads,
                            Backends.DEFAULT,
                            ours.get(i),
                            WeightType.STORED,
                            warm));
        }
        if (isF32()) {
            contestants.add(new GeneratorContestant(
                    model, florence, modelCache, threads, Backends.DEFAULT, Precision.F32, WeightType.INT8, warm));
        }
        if (device != null) {
            contestants.add(new GeneratorContestant(
                    model, florence, modelCache, threads, device, Precision.F32, WeightType.STORED, warm));
        }
        return ((GeneratorContestant) contestants.getFirst()).backend();
    }

    private void probe() {
        peak = Math.max(peak, PeakProbe.gigaflops(threads, PEAK_SLICES));
    }

    private void measure(Work work, List<Contestant> contestants, Results results) {
        System.err.println(work.name() + " ...");
        int turns = work.isLong() ? Math.min(2, rounds) : rounds;
        for (Contestant contestant : contestants) {
            Contestant.Times first = contestant.run(work, 1, work.isLong() && contestant instanceof Peer ? 0 : -1);
            first.agreement()
                    .check(contestant.name(), work.name(), contestant.entrant().exact());
        }
        for (int turn = 0; turn < turns; turn++) {
            for (int i = 0; i < contestants.size(); i++) {
                int next = (turn + i) % contestants.size(); // who begins changes from turn to turn
                results.add(
                        work, next, contestants.get(next).run(work, work.isLong() ? 1 : runs, work.isLong() ? 0 : 1));
            }
        }
    }

    private String heading(Path model, String backend, List<Work> asked) {
        String named = precisions.stream().distinct().map(Precision::toString).collect(Collectors.joining(","));
        String date = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'"));
        return String.format(
                Locale.ROOT,
                """
                ### %s, %d threads, %s

                %s. %s. Fovea: %s. Peak of the probe: %.0f GFLOP/s.
                `benchmarks/run side-by-side %s --works %s%s --rounds %d --runs %d --threads %d`

                %s""",
                model.toAbsolutePath().normalize().getFileName(),
                threads,
                named,
                date,
                Machine.description(),
                backend,
                peak,
                model.toAbsolutePath().normalize().getFileName(),
                asked.stream().map(Work::name).collect(Collectors.joining(",")),
                isF32() ? "" : " --precisions " + named,
                rounds,
                runs,
                threads,
                isF32() ? LEGEND : PrecisionTable.LEGEND);
    }
}
