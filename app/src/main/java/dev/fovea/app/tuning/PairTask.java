package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.RetrievalEvaluation;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.PairTuning;
import dev.fovea.training.TextExamples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Pictures and their texts, told apart by a CLIP. */
final class PairTask implements TextTask<CaptionedImage, Clip> {

    private static final Set<String> FIGURES = Set.of(
            "text_to_image_recall@1", "text_to_image_recall@5", "image_to_text_recall@1", "image_to_text_recall@5");

    @Override
    public ModelSource model(Session session) {
        return session.model(ModelSource.CLIP);
    }

    @Override
    public Clip load(ModelSource source) {
        return source.loadClip();
    }

    @Override
    public Clip load(Path folder, LoadOptions options) {
        return Clip.load(folder, options);
    }

    @Override
    public List<String> unused(Clip model) {
        return model.unusedTensors();
    }

    @Override
    public List<CaptionedImage> examples(ExampleFile file) {
        return file.captions();
    }

    @Override
    public Path image(CaptionedImage example) {
        return example.image();
    }

    @Override
    public List<String> texts(CaptionedImage example) {
        return example.texts();
    }

    @Override
    public Function<CaptionedImage, String> prompts(ModelSource source) {
        return example -> "";
    }

    @Override
    public void requireTunable(ModelSource source) {
        PairTuning.of(source.folder(), source.options());
    }

    @Override
    public Map<String, Double> measure(
            Clip model, List<CaptionedImage> examples, Function<Path, PreparedPicture> pictures) {
        List<float[]> embedded = model.embedAll(
                examples.stream().map(CaptionedImage::image).map(pictures).toList());
        RetrievalEvaluation evaluation = new RetrievalEvaluation();
        for (int i = 0; i < examples.size(); i++) {
            CaptionedImage example = examples.get(i);
            evaluation.add(example, embedded.get(i), model.embedTexts(example.texts()));
        }
        return Generators.figures(evaluation.result(), FIGURES);
    }

    @Override
    public Trained train(
            ModelSource source, TrainingChoice given, TextExamples training, TextExamples validation, TrainingRun run) {
        // Pairs are told apart within a batch: a smaller one would teach less.
        TrainingChoice choice = given.batch() == null ? given.withBatch(LoraOptions.DEFAULTS.batch()) : given;
        PairTuning tuning = PairTuning.of(source.folder(), source.options());
        return run.train(
                choice,
                source.folder(),
                training.size(),
                "pairs",
                (options, listener) -> tuning.lora(options, training, validation, listener),
                (options, listener) -> tuning.full(options, training, validation, listener));
    }
}
