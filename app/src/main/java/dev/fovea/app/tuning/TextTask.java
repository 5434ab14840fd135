package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.training.GeneratorTuning;
import dev.fovea.training.TextExamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A task whose examples are pictures with texts, in a file.
 *
 * @param <E> an example
 * @param <M> the model that is measured before and after
 */
interface TextTask<E, M extends AutoCloseable> {

    /** Returns the model that was asked for, or the embedded one. */
    ModelSource model(Session session);

    /** Loads the model, or says that it is of another kind. */
    M load(ModelSource source);

    /** Loads what was tuned. */
    M load(Path folder, LoadOptions options);

    /** Returns the tensors of a model that it does not use. */
    List<String> unused(M model);

    /** Reads the examples. */
    List<E> examples(ExampleFile file);

    /** Returns the picture of an example. */
    Path image(E example);

    /** Returns the texts to learn about the picture of an example, each of which is one to learn from. */
    List<String> texts(E example);

    /** Returns what says the prompt of an example of a model. */
    Function<E, String> prompts(ModelSource source);

    /** Returns what is learned of some examples. */
    default TextExamples learned(ModelSource source, List<E> examples, Function<Path, PreparedPicture> pictures) {
        Function<E, String> prompt = prompts(source);
        List<PreparedPicture> shown = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (E example : examples) {
            for (String text : texts(example)) {
                shown.add(pictures.apply(image(example)));
                prompts.add(prompt.apply(example));
                texts.add(text);
            }
        }
        return new TextExamples(shown, prompts, texts);
    }

    /**
     * Refuses a model that cannot be trained, before pictures are read: one that writes no texts, unless overridden.
     *
     * @throws dev.fovea.tensor.FoveaException if it cannot; the message says what to do
     */
    default void requireTunable(ModelSource source) {
        GeneratorTuning.of(source.folder(), source.options());
    }

    /** Measures a model on some examples; figures by name. */
    Map<String, Double> measure(M model, List<E> examples, Function<Path, PreparedPicture> pictures);

    /**
     * Trains: a model that writes texts, unless overridden.
     *
     * @return what was trained
     */
    default Trained train(
            ModelSource source,
            TrainingChoice choice,
            TextExamples training,
            TextExamples validation,
            TrainingRun run) {
        return Generators.train(source, choice, training, validation, run);
    }
}
