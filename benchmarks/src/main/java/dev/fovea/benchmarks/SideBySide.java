package dev.fovea.benchmarks;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Times Fovea and the peers on the same weights, inputs and threads, in turns: every round asks each of them for a few runs, so that
 * whatever happens to the machine happens to all. Everyone's answers are compared with PyTorch's, Fovea's before anything is timed.
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
    private static final List<String> CLIP_PEERS = List.of("onnxruntime", "openvino");
    private static final List<String> BLIP_WORKS =
            List.of("tower-1", "generate-1", "generate-20", "generate-20-beams-3");
    private static final List<String> BLIP_PEERS = List.of("torch", "onnxruntime");
    private static final List<String> FLORENCE_WORKS = List.of("tower-1", "generate-1-beams-3", "generate-32-beams-3");
    private static final List<String> FLORENCE_PEERS = List.of("torch", "onnxruntime", "openvino");

    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "Hugging Face folders of CLIP, BLIP captioners or Florence-2.")
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

    @Option(names = "--no-peers", description = "Fovea alone, on inputs that the peers have written before.")
    private boolean alone;

    @Option(names = "--rounds", description = "Turns of everyone; at most 2 for labels. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(names = "--runs", description = "Timed runs of a turn; 1 for labels. Default: ${DEFAULT-VALUE}.")
    private int runs = 4;

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

    private double peak;

    private SideBySide() {}

    public static void main(String[] arguments) {
        SideBySide command = new SideBySide();
        CommandLine line = new CommandLine(command);
        line.setExecutionExceptionHandler((e, commandLine, result) -> {
            if (!(e instanceof FoveaException)) {
                throw e;
            }
            System.err.println("side-by-side: " + e.getMessage());
            return 1;
        });
        System.exit(line.execute(arguments));
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
        List<String> usualWorks = florence ? FLORENCE_WORKS : generator ? BLIP_WORKS : CLIP_WORKS;
        List<String> usualPeers = florence ? FLORENCE_PEERS : generator ? BLIP_PEERS : CLIP_PEERS;
        List<Work> asked =
                (works != null ? works : usualWorks).stream().map(Work::named).toList();
        Path modelCache = cache.resolve(model.toAbsolutePath().normalize().getFileName());
        List<Contestant> contestants = new ArrayList<>();
        try {
            if (!alone) {
                Path script = Path.of("benchmarks/peers/" + (generator ? "generator" : "clip") + "_peers.py");
                for (String peer : peers != null ? peers : usualPeers) {
                    contestants.add(new Peer(peer, python, script, model, modelCache, threads));
                }
            }
            ToDoubleFunction<Work> flops = work -> Double.NaN;
            String backend;
            if (generator) {
                GeneratorContestant fovea =
                        new GeneratorContestant(model, florence, modelCache, threads, null, Backends.DEFAULT);
                contestants.addFirst(fovea);
                backend = fovea.backend();
                contestants.add(
                        new GeneratorContestant(model, florence, modelCache, threads, DType.I8, Backends.DEFAULT));
                if (device != null) {
                    contestants.add(new GeneratorContestant(model, florence, modelCache, threads, null, device));
                }
            } else {
                PeerInputs inputs = PeerInputs.read(modelCache);
                FoveaContestant fovea = new FoveaContestant(model, inputs, threads, Backends.DEFAULT);
                contestants.addFirst(fovea);
                backend = fovea.backend();
                if (device != null) {
                    contestants.add(new FoveaContestant(model, inputs, threads, device));
                }
                flops = new Effort(fovea.clip().config(), inputs)::flops;
            }
            Results results =
                    new Results(contestants.stream().map(Contestant::name).toList());
            probe();
            for (Work work : asked) {
                measure(work, contestants, results);
                probe();
            }
            String remarks = contestants.stream().map(Contestant::remarks).collect(Collectors.joining());
            String report = heading(model, backend, asked) + "\n" + results.table(flops, peak) + "\n"
                    + (remarks.isEmpty() ? "" : remarks + "\n");
            System.out.print(report);
            return report;
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    private void probe() {
        peak = Math.max(peak, PeakProbe.gigaflops(threads, PEAK_SLICES));
    }

    private void measure(Work work, List<Contestant> contestants, Results results) {
        System.err.println(work.name() + " ...");
        int turns = work.isLong() ? Math.min(2, rounds) : rounds;
        for (Contestant contestant : contestants) {
            contestant.run(work, 1, work.isLong() && contestant instanceof Peer ? 0 : -1);
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
        String date = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'"));
        return String.format(
                Locale.ROOT,
                """
                ### %s, %d threads, f32

                %s. %s. Fovea: %s. Peak of the probe: %.0f GFLOP/s.
                `benchmarks/run side-by-side %s --works %s --rounds %d --runs %d --threads %d`

                Median (least) in ms; *to the best peer*: median over the best peer's median; *of peak*: the multiply-adds that Fovea
                computes over its median and the probe's peak; *difference*: the largest from PyTorch's answer, of anybody.
                """,
                model.toAbsolutePath().normalize().getFileName(),
                threads,
                date,
                Machine.description(),
                backend,
                peak,
                model.toAbsolutePath().normalize().getFileName(),
                asked.stream().map(Work::name).collect(Collectors.joining(",")),
                rounds,
                runs,
                threads);
    }
}
