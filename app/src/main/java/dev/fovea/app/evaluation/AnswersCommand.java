package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.AnswerEvaluation;
import dev.fovea.evaluation.data.AskedQuestion;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.VqaFile;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures answers to questions about pictures against those of people. */
@Command(
        name = "answers",
        sortOptions = false,
        description = {
            "Measure answers to questions about pictures (BLIP) against those of people: VQA accuracy, ANLS.",
            "Fields: image, question, answers (of people), and answer where a model has given one. Also VQA's two"
                    + " files."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate answers questions.jsonl --examples scored.jsonl",
            "  fovea evaluate answers v2_mscoco_val2014_annotations.json \\",
            "      --questions v2_OpenEnded_mscoco_val2014_questions.json \\",
            "      --images \"val2014/COCO_val2014_{012}.jpg\" --official --model blip-vqa-base"
        })
public final class AnswersCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Option(
            names = "--questions",
            paramLabel = "FILE",
            description = "VQA's file of questions; DATA is then its file of annotations, and --images the name of a"
                    + " picture with {} where its number goes ({012} for twelve digits).")
    private Path questionFile;

    @Option(
            names = "--official",
            description = "Normalise as VQA's own program: only where people's answers differ (default: always).")
    private boolean official;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public AnswersCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file(), questionFile);
        if (questionFile != null) {
            return evaluate(
                    VqaFile.read(data.file(), questionFile, data.images().toString()));
        }
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            return evaluate(file.questions());
        }
    }

    private int evaluate(List<AskedQuestion> questions) {
        AnswerEvaluation evaluation = new AnswerEvaluation(official);
        if (data.isAnswered(questions, AskedQuestion::predicted, "answer")) {
            questions.forEach(
                    question -> evaluation.add(question, question.predicted().orElseThrow()));
            return output.report(session, null, data.file(), evaluation.result(), List.of());
        }
        Map<Path, List<AskedQuestion>> byPicture = new LinkedHashMap<>();
        questions.forEach(question -> byPicture
                .computeIfAbsent(question.image(), key -> new ArrayList<>())
                .add(question));
        Map<String, String> answers = new HashMap<>();
        ModelSource source = session.model(ModelSource.BLIP, "answerer");
        List<Unreadable> unreadable = ask(source, byPicture, answers);
        questions.stream()
                .filter(question -> answers.containsKey(question.id()))
                .forEach(question -> evaluation.add(question, answers.get(question.id())));
        return output.report(session, source, data.file(), evaluation.result(), unreadable);
    }

    /** Asks all questions about each picture at once, and puts the answers by the questions' ids. */
    private List<Unreadable> ask(
            ModelSource source, Map<Path, List<AskedQuestion>> byPicture, Map<String, String> answers) {
        ModelRun run = new ModelRun(session, source, byPicture.keySet());
        run.<BlipAnswerer, List<GeneratedText>>answer(
                source::loadAnswerer,
                BlipAnswerer::unusedTensors,
                blip -> {
                    GenerationOptions options = generation.over(blip.defaults());
                    return (batch, numbers) -> {
                        List<List<GeneratedText>> said = new ArrayList<>();
                        for (int i = 0; i < numbers.length; i++) {
                            List<String> texts = byPicture.get(run.files().get(numbers[i])).stream()
                                    .map(AskedQuestion::question)
                                    .toList();
                            said.add(blip.answerAll(batch.get(i), texts, options, GenerationListener.NONE));
                        }
                        return said;
                    };
                },
                (picture, said) -> {
                    List<AskedQuestion> about = byPicture.get(picture);
                    for (int i = 0; i < said.size(); i++) {
                        answers.put(about.get(i).id(), said.get(i).text());
                    }
                });
        return run.unreadable();
    }
}
