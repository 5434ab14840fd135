package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.training.GeneratorTuning;
import dev.fovea.training.TextExamples;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What the tasks of models that write texts have in common. */
final class Generators {

    /** Pictures that a model looks at together when it is measured. */
    private static final int AT_ONCE = 8;

    private Generators() {}

    /** Trains a model that writes texts. */
    static Trained train(
            ModelSource source,
            TrainingChoice choice,
            TextExamples training,
            TextExamples validation,
            TrainingRun run) {
        GeneratorTuning tuning = GeneratorTuning.of(source.folder(), source.options());
        return run.train(
                choice,
                source.folder(),
                training.size(),
                "examples",
                (options, listener) -> tuning.lora(options, training, validation, listener),
                (options, listener) -> tuning.full(options, training, validation, listener));
    }

    /**
     * Lets a model say something about pictures, some at a time.
     *
     * @param work is given pictures and the index of each among all
     * @return what was said, by picture
     */
    static <R> Map<Path, R> answers(
            List<Path> images,
            Function<Path, PreparedPicture> pictures,
            BiFunction<List<PreparedPicture>, int[], List<R>> work) {
        List<Path> distinct = List.copyOf(new LinkedHashSet<>(images));
        Map<Path, R> answers = new LinkedHashMap<>();
        for (int from = 0; from < distinct.size(); from += AT_ONCE) {
            List<Path> part = distinct.subList(from, Math.min(distinct.size(), from + AT_ONCE));
            int[] indices = new int[part.size()];
            for (int i = 0; i < indices.length; i++) {
                indices[i] = from + i;
            }
            List<R> said = work.apply(part.stream().map(pictures).toList(), indices);
            for (int i = 0; i < indices.length; i++) {
                answers.put(part.get(i), said.get(i));
            }
        }
        return answers;
    }

    /** Returns some figures of an evaluation, by name. */
    static Map<String, Double> figures(Evaluation evaluation, Set<String> names) {
        Map<String, Double> figures = new LinkedHashMap<>();
        evaluation.metrics().stream()
                .filter(metric -> names.contains(metric.name()))
                .forEach(metric -> figures.put(metric.name(), metric.value()));
        return figures;
    }
}
