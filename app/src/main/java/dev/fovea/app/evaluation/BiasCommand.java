package dev.fovea.app.evaluation;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.BiasEvaluation;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.data.BiasFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Measures how alike a model treats groups. */
@Command(
        name = "bias",
        sortOptions = false,
        description = {
            "Measure how alike a model treats groups (CLIP): gaps in accuracy, unwanted labels, skew of searches,"
                    + " associations.",
            "FILE is a JSON document with pictures (image, group, label), labels, unwanted, templates, queries,"
                    + " associations; each may be absent."
        },
        footer = {"", "Example: fovea evaluate bias groups.json --examples scored.jsonl"})
public final class BiasCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "FILE", description = "What to measure, a JSON document.")
    private Path file;

    @Mixin
    private EvaluationOutput output;

    /** Makes the command for a session that is set up while the command line is read. */
    public BiasCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        output.check(file);
        BiasFile data = BiasFile.read(file);
        ModelRun run = new ModelRun(session, session.model(ModelSource.CLIP), data.images());
        Map<Path, float[]> vectors = new HashMap<>();
        Evaluation evaluation = run.embedThen(vectors::put, clip -> BiasEvaluation.of(data, vectors, clip));
        return output.report(session, run.source(), file, evaluation, run.unreadable());
    }
}
