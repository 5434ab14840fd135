package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.PromptOption;
import dev.fovea.app.bootstrap.NoisyTexts;
import dev.fovea.app.bootstrap.ResumableLines;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.models.Captioner;
import dev.fovea.models.Match;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.check.NotFiniteException;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keeps clean texts out of noisy ones, by BLIP's captioning and filtering (Li et al. 2022, section 3.3). */
@Command(
        name = "bootstrap",
        sortOptions = false,
        description = {
            "Make clean texts for pictures out of noisy ones (BLIP's captioning and filtering): write a caption for"
                    + " every picture, score the given text and the caption with the matcher, keep what reaches the"
                    + " threshold.",
            "The output has one JSON line for each picture. Running the same command again goes on where it was"
                    + " stopped."
        },
        footer = {
            "",
            "INPUT is a folder of pictures with texts beside them (cat.jpg, cat.txt), or JSON lines:",
            "  {\"id\": \"17\", \"image\": \"cat.jpg\", \"text\": \"my new profile picture\"}",
            "Example: fovea bootstrap noisy.jsonl --output clean.jsonl --threshold 0.6"
        })
public final class BootstrapCommand implements Callable<Integer> {

    /**
     * The value with which the paper draws captions, used unless the user gives another: drawn captions are more
     * diverse than the likeliest ones.
     */
    private static final double TOP_P = 0.9;

    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "INPUT",
            description = "A folder, or a file of JSON lines, or - for these on standard input.")
    private Path input;

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "Where the JSON lines go.")
    private Path output;

    @Option(
            names = "--threshold",
            paramLabel = "P",
            description = "Keep texts that match with at least this probability (default: 0.5).")
    private double threshold = 0.5;

    @Option(
            names = "--matcher",
            paramLabel = "DIR|NAME",
            description =
                    "The checkpoint that matches texts and pictures (default: blip-mini's); --model writes captions.")
    private String matcher;

    @Mixin
    private PromptOption prompt;

    @Mixin
    private GenerationFlags generation;

    @Spec
    private CommandSpec spec;

    /** Holds the result for one picture; with an error it holds nothing else. */
    private record Result(NoisyTexts.Item item, Match given, Match synthetic, List<String> kept, String error) {}

    /** Holds what each of the two models reads of a picture. */
    private record Prepared(PreparedPicture forWriter, PreparedPicture forJudge) {}

    /** Counts the texts that were kept. */
    private static final class Tally {
        int pictures;
        int givenTexts;
        int keptGiven;
        int keptSynthetic;

        void add(Result result) {
            pictures++;
            givenTexts += result.given == null ? 0 : 1;
            keptGiven += result.given != null && result.kept.contains(result.given.text()) ? 1 : 0;
            keptSynthetic += result.kept.contains(result.synthetic.text()) ? 1 : 0;
        }
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public BootstrapCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("bootstrap");
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new ParameterException(
                    spec.commandLine(), "--threshold must be a probability from 0 to 1, found " + threshold);
        }
        prompt.words();
        NoisyTexts texts = NoisyTexts.read(input);
        texts.problems().forEach(problem -> session.console().error(problem.describe(input)));
        texts.pictures().report(session.console());
        ModelSource writer = session.model(ModelSource.BLIP, "captioner");
        ModelSource judge =
                (matcher == null ? session.model(ModelSource.BLIP) : session.named(matcher)).part("matcher");
        Tally tally = new Tally();
        int before;
        List<NoisyTexts.Problem> skipped = new ArrayList<>(texts.problems());
        texts.pictures().problems().forEach(folder -> skipped.add(new NoisyTexts.Problem(0, folder.reason())));
        try (ResumableLines lines = ResumableLines.open(output, threshold)) {
            List<NoisyTexts.Item> left =
                    texts.items().stream().filter(item -> !lines.has(item.id())).toList();
            before = texts.items().size() - left.size();
            if (!left.isEmpty()) {
                skipped.addAll(work(writer, judge, left, lines, tally));
            }
        }
        report(writer, judge, tally, before, skipped, texts.pictures());
        return Exit.after(skipped);
    }

    private List<NoisyTexts.Problem> work(
            ModelSource writer, ModelSource judge, List<NoisyTexts.Item> items, ResumableLines lines, Tally tally) {
        try (PictureRun<Prepared> pictures = new PictureRun<>(
                        session.console(),
                        items.stream().map(NoisyTexts.Item::file).toList(),
                        preparation(writer, judge),
                        number -> items.get(number).place(input));
                Captioner captioner = ModelSource.prompted(writer.loadBlipCaptioner(), prompt.words());
                BlipMatcher filter = judge.loadMatcher()) {
            session.warnUnused(writer, captioner.unusedTensors());
            session.warnUnused(judge, filter.unusedTensors());
            GenerationOptions options = generation.over(captioner.defaults().with(change -> {
                boolean sample = !generation.choosesSearch();
                change.sample(sample);
                if (sample) {
                    change.topP(TOP_P).topK(0);
                }
            }));
            List<NoisyTexts.Problem> problems = new ArrayList<>();
            for (PicturePipeline.Batch<Prepared> batch : pictures) {
                List<Result> results = results(captioner, filter, options, batch.pictures(), items, batch.indices());
                for (PictureRun.Answer<Result> answer : pictures.answers(batch, results)) {
                    Result result = answer.result();
                    if (result.error == null) {
                        lines.append(result.item.id(), json -> write(json, result));
                        tally.add(result);
                    } else {
                        session.console().error(result.item.place(input) + result.error);
                        problems.add(new NoisyTexts.Problem(result.item.line(), result.error));
                    }
                }
            }
            for (PictureRun.Unreadable picture : pictures.unreadable()) {
                problems.add(new NoisyTexts.Problem(items.get(picture.number()).line(), picture.reason()));
            }
            return problems;
        }
    }

    private static Supplier<Function<Path, Prepared>> preparation(ModelSource writer, ModelSource judge) {
        Supplier<Preprocessing> one = writer.preprocessing();
        Supplier<Preprocessing> other = judge.preprocessing();
        return () -> {
            Preprocessing forWriter = one.get();
            Preprocessing forJudge = other.get();
            return PicturePipeline.reading(
                    picture -> new Prepared(forWriter.prepare(picture), forJudge.prepare(picture)));
        };
    }

    private List<Result> results(
            Captioner captioner,
            BlipMatcher filter,
            GenerationOptions options,
            List<Prepared> batch,
            List<NoisyTexts.Item> items,
            int[] numbers) {
        int[] inInput =
                Arrays.stream(numbers).map(number -> items.get(number).number()).toArray();
        List<GeneratedText> captions = captioner.captionAll(
                batch.stream().map(Prepared::forWriter).toList(), inInput, options, GenerationListener.NONE);
        return IntStream.range(0, batch.size())
                .mapToObj(i -> filtered(
                        filter,
                        batch.get(i).forJudge(),
                        items.get(numbers[i]),
                        captions.get(i).text()))
                .toList();
    }

    private Result filtered(BlipMatcher filter, PreparedPicture picture, NoisyTexts.Item item, String caption) {
        List<String> candidates = Stream.of(item.text(), caption)
                .filter(text -> text != null && !text.isBlank())
                .toList();
        List<Match> matches;
        try {
            matches = candidates.isEmpty() ? List.of() : filter.matchAll(picture, candidates);
        } catch (NotFiniteException | CancelledException fails) {
            throw fails;
        } catch (FoveaException textTooLong) {
            return new Result(item, null, null, List.of(), textTooLong.getMessage());
        }
        Match given = item.text() == null ? null : matches.getFirst();
        Match synthetic = caption.isBlank() ? new Match(caption, 0, 0) : matches.getLast();
        List<String> kept = matches.stream()
                .filter(match -> match.probability() >= threshold)
                .map(Match::text)
                .distinct()
                .toList();
        return new Result(item, given, synthetic, kept, null);
    }

    private void write(JsonGenerator json, Result result) throws IOException {
        json.writeStringField("id", result.item.id());
        json.writeStringField("image", result.item.image());
        if (result.given != null) {
            write(json, "given", result.given);
        }
        write(json, "synthetic", result.synthetic);
        json.writeNumberField(ResumableLines.THRESHOLD, threshold);
        json.writeArrayFieldStart("texts");
        for (String text : result.kept) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String field, Match match) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("text", match.text());
        json.writeNumberField("match", match.probability());
        json.writeEndObject();
    }

    private void report(
            ModelSource writer,
            ModelSource judge,
            Tally tally,
            int before,
            List<NoisyTexts.Problem> skipped,
            PictureFiles pictures) {
        if (session.json()) {
            session.console().print(json -> {
                writer.write(json);
                json.writeStringField("matcher", judge.name());
                json.writeStringField("input", input.toString());
                json.writeStringField("output", output.toString());
                json.writeNumberField("pictures", tally.pictures);
                json.writeNumberField("done_before", before);
                json.writeNumberField("given", tally.givenTexts);
                json.writeNumberField("kept_given", tally.keptGiven);
                json.writeNumberField("kept_synthetic", tally.keptSynthetic);
                json.writeArrayFieldStart("skipped");
                for (NoisyTexts.Problem problem : skipped) {
                    json.writeStartObject();
                    if (problem.line() > 0) {
                        json.writeNumberField("line", problem.line());
                    }
                    json.writeStringField("error", problem.reason());
                    json.writeEndObject();
                }
                json.writeEndArray();
                pictures.writeLeftOut(json);
            });
            return;
        }
        session.console()
                .print("%s: %d pictures%s; kept %d of %d given texts and %d of %d captions%s%n"
                        .formatted(
                                session.console().style().value(output),
                                tally.pictures,
                                before == 0 ? "" : " (" + before + " were done before)",
                                tally.keptGiven,
                                tally.givenTexts,
                                tally.keptSynthetic,
                                tally.pictures,
                                skipped.isEmpty() ? "" : "; " + skipped.size() + " skipped, see above"));
    }
}
