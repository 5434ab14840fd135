package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.AnswerEvaluation;
import dev.fovea.evaluation.data.AskedQuestion;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.image.PreparedPicture;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Questions about pictures and what people answered, by a BLIP. */
final class AskTask implements TextTask<AskedQuestion, BlipAnswerer> {

    private static final Set<String> FIGURES = Set.of("vqa_accuracy", "anls");

    @Override
    public ModelSource model(Session session) {
        return session.model(ModelSource.BLIP, "answerer");
    }

    @Override
    public BlipAnswerer load(ModelSource source) {
        return source.loadAnswerer();
    }

    @Override
    public BlipAnswerer load(Path folder, LoadOptions options) {
        return BlipAnswerer.load(folder, options);
    }

    @Override
    public List<String> unused(BlipAnswerer model) {
        return model.unusedTensors();
    }

    @Override
    public List<AskedQuestion> examples(ExampleFile file) {
        return file.questions();
    }

    @Override
    public Path image(AskedQuestion example) {
        return example.image();
    }

    @Override
    public List<String> texts(AskedQuestion example) {
        return common(example.answers());
    }

    @Override
    public Function<AskedQuestion, String> prompts(ModelSource source) {
        return AskedQuestion::question;
    }

    /** Returns each answer that at least half as many people gave as the most frequent one: what one said is noise. */
    static List<String> common(List<String> answers) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        answers.forEach(answer -> counts.merge(answer.strip(), 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return counts.entrySet().stream()
                .filter(count -> 2 * count.getValue() >= most)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public Map<String, Double> measure(
            BlipAnswerer model, List<AskedQuestion> examples, Function<Path, PreparedPicture> pictures) {
        AnswerEvaluation evaluation = new AnswerEvaluation();
        for (AskedQuestion example : examples) {
            String answer = model.answerAll(
                            pictures.apply(example.image()),
                            List.of(example.question()),
                            model.defaults(),
                            GenerationListener.NONE)
                    .getFirst()
                    .text();
            evaluation.add(example, answer);
        }
        return Generators.figures(evaluation.result(), FIGURES);
    }
}
