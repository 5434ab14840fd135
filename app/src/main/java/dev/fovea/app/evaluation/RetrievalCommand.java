package dev.fovea.app.evaluation;

import dev.fovea.app.command.TextEmbeddings;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.RetrievalEvaluation;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.ExampleFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures whether texts find their pictures, and pictures their texts. */
@Command(
        name = "retrieval",
        sortOptions = false,
        description = {
            "Measure retrieval both ways (CLIP): recall at 1, 5 and 10, mean and median rank.",
            "Fields: image and text, or texts; lines about one picture are put together. Also COCO's captions (.json)."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate retrieval pairs.jsonl",
            "  fovea evaluate retrieval captions_val2017.json --images val2017/ --captions 5"
        })
public final class RetrievalCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Option(
            names = "--captions",
            paramLabel = "N",
            description = "Take the first N texts of each picture (default: all). COCO's tables take five.")
    private int captions = Integer.MAX_VALUE;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EvaluationOutput output;

    /** Makes the command for a session that is set up while the command line is read. */
    public RetrievalCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        output.check(data.file());
        if (captions < 1) {
            throw new ParameterException(spec.commandLine(), "--captions must be 1 or more, found " + captions);
        }
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<CaptionedImage> pictures =
                    file.captions().stream().map(this::limited).toList();
            RetrievalEvaluation evaluation = new RetrievalEvaluation();
            Map<Path, float[]> vectors = new LinkedHashMap<>();
            ModelRun run = new ModelRun(
                    session,
                    session.model(ModelSource.CLIP),
                    pictures.stream().map(CaptionedImage::image).toList());
            List<float[]> texts = new ArrayList<>();
            run.embed(clip -> {
                List<String> all = pictures.stream()
                        .flatMap(picture -> picture.texts().stream())
                        .toList();
                texts.addAll(TextEmbeddings.of(session.console(), clip, all));
                return vectors::put;
            });
            int from = 0;
            for (CaptionedImage picture : pictures) {
                int to = from + picture.texts().size();
                if (vectors.containsKey(picture.image())) {
                    evaluation.add(picture, vectors.get(picture.image()), texts.subList(from, to));
                }
                from = to;
            }
            return output.report(session, run.source(), data.file(), evaluation.result(), run.unreadable());
        }
    }

    private CaptionedImage limited(CaptionedImage picture) {
        int count = Math.min(captions, picture.texts().size());
        return new CaptionedImage(picture.image(), picture.texts().subList(0, count), picture.predicted());
    }
}
